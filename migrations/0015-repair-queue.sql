-- What Stellar RPC is still to be asked for, beside the names of tokens (metadata_queue): by a pass of its own, after the ledgers.

-- Code that contracts run, and entries of tags that name code (CAP-85), which no ledger has shown. `subject` is the hash of the code or of the
-- tag's key. `attempts` are responses in a row without it, `silences` requests in a row without any response.
create table code_queue (
    subject bytea primary key,
    is_tag boolean not null,
    attempts integer not null default 0,
    silences integer not null default 0,
    next_try timestamptz not null default now(),
    last_error text,
    created_at timestamptz not null default now()
);
create index code_queue_due on code_queue (next_try, subject);

-- Tokens whose contracts are asked about each of their holders (`balance()`, where nothing else tells all of the balances), and contracts of
-- NFTs that did not tell their URI (`token_uri()`) when they were asked: one row a token, however many holders or NFTs it has. `position` is
-- the last holder (hex) of the part that has been done in this round; null: a round begins. `rounds` counts those that came to an end.
create table repair_queue (
    token_id uuid primary key,
    position text,
    rounds integer not null default 0,
    attempts integer not null default 0,
    silences integer not null default 0,
    next_try timestamptz not null default now(),
    last_error text,
    created_at timestamptz not null default now()
);
create index repair_queue_due on repair_queue (next_try, token_id);

-- The tokens that belong there.
create index contract_tokens_repaired on contract_tokens (id) where type = 'SEP41' and balances_from = 'PARTIAL';
-- Tokens whose balances are read from their storage: of some of them `balance()` is asked now and then.
create index contract_tokens_stored on contract_tokens (id) where type = 'SEP41' and balances_from = 'STORAGE';
-- Tags that belong in code_queue.
create index executable_tags_missing on executable_tags (tag_key) where wasm_hash is null;
-- NFTs that were asked for their URI in vain, those first that were longest ago.
create index nfts_untold on nfts (contract_id, uri_ledger) where owner_id is not null and uri is null and uri_ledger is not null;

-- Codes of which it is not settled yet whether `balance()` says what their storage says, with the holders for whom it does.
create table layout_checks (
    wasm_hash bytea primary key,
    holders bytea[] not null default '{}',
    attempts integer not null default 0,
    silences integer not null default 0,
    next_try timestamptz not null default now(),
    last_error text
);
