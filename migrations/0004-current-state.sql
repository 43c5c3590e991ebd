-- Current state: one row a key, absolute values of the newest ledger that changed the entry (`last_modified_ledger`).
-- No foreign keys: a database that starts in mid-chain meets balances whose asset, token or pool it has not seen yet.

-- Accounts (G…), each as its entry stands; columns of a fixed width first, which saves padding. The minimum balance is computed on reading from the newest ledger's base reserve:
-- (2 + num_subentries + num_sponsoring - num_sponsored) * base_reserve. One that was merged stays as a tombstone: `removed_ledger` is set,
-- amounts and counts are 0, sponsor and signers null, and the rest is what the entry last said. One that is created again is no tombstone any more.
create table accounts (
    balance bigint not null,
    buying_liabilities bigint not null,
    selling_liabilities bigint not null,
    sequence_number bigint not null,
    -- Seconds since 1970 UTC; null, as `sequence_ledger`, where the entry does not say (CAP-21).
    sequence_time bigint,
    sequence_ledger integer,
    num_subentries integer not null,
    num_sponsoring integer not null,
    num_sponsored integer not null,
    -- The protocol's AccountFlags, and Thresholds as one number (functions/shared/columns/flags.ts, thresholds.ts).
    flags integer not null,
    thresholds integer not null,
    last_modified_ledger integer not null,
    removed_ledger integer,
    account_id bytea primary key,
    -- As the entry has it: need not be UTF-8. Null: none.
    home_domain bytea,
    inflation_destination bytea,
    sponsor bytea,
    -- Keys, weights and sponsors (functions/shared/columns/signers.ts). Null: none but the master key.
    signers bytea
) with (fillfactor = 90);

-- Where to look for accounts by their signer (G…, T…, X…, P…). There is a row of every key in `accounts.signers`, and there may be more: the
-- account tells (docs/decisions/0015-accounts.md). Master keys are not among them.
create table account_signers (
    signer bytea not null,
    account_id bytea not null,
    primary key (signer, account_id)
);

-- Data entries of accounts. Name and value are as the entry has them: need not be UTF-8.
create table account_data (
    account_id bytea not null,
    name bytea not null,
    value bytea not null,
    sponsor bytea,
    last_modified_ledger integer not null,
    primary key (account_id, name)
);

-- `contract_id` is the full address (33 bytes) of the asset's Stellar Asset Contract, deployed or not, so that an asset is found by it.
create table trustline_assets (
    id uuid primary key,
    code text not null,
    issuer text not null,
    created_at timestamptz not null default now(),
    contract_id bytea unique,
    unique (code, issuer)
);

-- Search by the beginning of the code, in any case. The letters of codes, and so of the C locale, are enough: its order and case are the same in every
-- database.
create index trustline_assets_search on trustline_assets (lower(code collate "C"), issuer collate "C", code collate "C");

-- `sponsor` is the account that pays for the entry's reserve, null for the holder itself; so it is everywhere.
create table trustline_balances (
    account_id bytea not null,
    asset_id uuid not null,
    balance bigint not null,
    trust_limit bigint not null,
    buying_liabilities bigint not null,
    selling_liabilities bigint not null,
    flags integer not null,
    last_modified_ledger integer not null,
    sponsor bytea,
    primary key (account_id, asset_id)
) with (fillfactor = 90);

-- Who holds an asset, by the holder's bytes. Neither ever changes, so it costs new trustlines only.
create index trustline_balances_asset on trustline_balances (asset_id, account_id);

-- Balances of contract holders in Stellar Asset Contracts, XLM's included; `balance` in whole units with 7 decimals.
create table sac_balances (
    account_id bytea not null,
    contract_id uuid not null,
    balance numeric not null,
    is_authorized boolean not null,
    is_clawback_enabled boolean not null,
    last_modified_ledger integer not null,
    primary key (account_id, contract_id)
) with (fillfactor = 90);

-- Contracts that hold an asset, by their bytes.
create index sac_balances_contract on sac_balances (contract_id, account_id);

create table liquidity_pools (
    pool_id text primary key,
    asset_a text not null,
    amount_a bigint not null,
    asset_b text not null,
    amount_b bigint not null,
    last_modified_ledger integer not null
) with (fillfactor = 80);

create table liquidity_pool_balances (
    account_id bytea not null,
    pool_id text not null,
    shares bigint not null,
    last_modified_ledger integer not null,
    sponsor bytea,
    primary key (account_id, pool_id)
) with (fillfactor = 90);

-- Contracts that are tokens, or were met as if they were: a stub is made for every contract with a balance, an allowance, a token event or an
-- NFT. `type` is SAC, SEP41, SEP50 (NFTs), NONE (its code is known and is neither) or UNKNOWN (its code is not known yet). Decimals are null
-- until known, and for what has none.
create table contract_tokens (
    id uuid primary key,
    contract_id text not null unique,
    type text not null,
    code text,
    issuer text,
    name text,
    symbol text,
    decimals integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    -- Where the balances of a SEP-41 token are read from (functions/shared/columns/balance-source.ts): STORAGE, EVENTS or PARTIAL.
    balances_from text not null default 'PARTIAL',
    -- Do its events tell something else than its storage?
    events_differ boolean not null default false,
    -- In the smallest unit; null: not known. Absolute where the contract's instance says it, else the sum of all mints and burns of a token
    -- whose first ledger is here.
    supply numeric,
    -- Does the instance say it?
    is_supply_stored boolean not null default false,
    -- The ledger that it is of.
    supply_ledger integer
) with (fillfactor = 90);

-- Search by the beginning of what tokens are called, as in trustline_assets. What is no token is not found.
create index contract_tokens_code on contract_tokens (lower(code collate "C"), issuer collate "C", code collate "C") where type = 'SAC';
create index contract_tokens_symbol on contract_tokens (lower(symbol collate "C"), contract_id collate "C") where type in ('SEP41', 'SEP50');
create index contract_tokens_name on contract_tokens (lower(name collate "C"), contract_id collate "C") where type in ('SEP41', 'SEP50');

-- What accounts and contracts hold of other tokens than assets, in the smallest unit. Two views of the same balance stand side by side, of
-- every contract whatever it is; who reads picks one by the token (`balances_from`).
create table sep41_balances (
    account_id bytea not null,
    contract_id uuid not null,
    -- What the contract's storage says: the entry `vec[Balance, holder]`. Null: there is no such entry.
    stored numeric,
    -- The ledger that changed the entry last; null: none has.
    stored_ledger integer,
    -- The entry is temporary data, which is deleted, not archived, when its time is over.
    is_temporary boolean not null default false,
    -- What the events sum up to; may be negative where the first of them are not here.
    summed numeric not null default 0,
    -- `summed` is of the end of this ledger: that of the last event, or of the simulation that it rests on. Events of ledgers up to it are in it.
    summed_ledger integer,
    -- The ledger of the simulation of `balance()` that `summed` rests on; null: events alone.
    simulated_ledger integer,
    -- The greater of `stored_ledger` and `summed_ledger`.
    last_modified_ledger integer not null,
    primary key (account_id, contract_id)
) with (fillfactor = 90);
-- Holders of a token.
create index sep41_balances_contract on sep41_balances (contract_id, account_id);

create table sep41_allowances (
    owner_id bytea not null,
    spender_id bytea not null,
    contract_id uuid not null,
    amount numeric not null,
    -- Any u32: contracts say the greatest one of what shall never end.
    expiration_ledger bigint not null,
    last_modified_ledger integer not null,
    -- From the contract's storage, which spending reduces; else from the event of the approval.
    is_stored boolean not null default false,
    primary key (owner_id, spender_id, contract_id)
) with (fillfactor = 90);
create index sep41_allowances_expiration on sep41_allowances (expiration_ledger);
create index sep41_allowances_spender on sep41_allowances (spender_id, owner_id, contract_id);

-- Code that contracts run.
create table protocol_wasms (
    wasm_hash bytea primary key,
    -- SEP41 where the reference implementation's rule takes the code for a SEP-41 token, which asks for the names of parameters too.
    protocol_id text,
    -- What the code is by our rule: SEP41, SEP50 or NONE; null: its bytes have not been seen.
    kind text,
    -- The functions of its interface: [{"name", "inputs": [{"name", "type"}], "outputs": [type]}]; null as `kind`.
    functions jsonb,
    created_at timestamptz not null default now()
);
create index protocol_wasms_protocol on protocol_wasms (protocol_id);

-- What contracts run. `contract_id` is the full address (33 bytes), as everywhere; `token_id` the id that it has in contract_tokens.
create table protocol_contracts (
    contract_id bytea primary key,
    token_id uuid not null unique,
    -- Null: it runs what a tag of another contract names (CAP-85).
    wasm_hash bytea,
    -- The key hash of that tag's entry, see executable_tags; null: none.
    tag_key bytea,
    -- The first ledger with this executable, as far as this database has seen.
    since_ledger integer not null,
    -- The ledger that created the contract; null: it is older than what this database has seen.
    created_ledger integer,
    name text,
    created_at timestamptz not null default now()
);
create index protocol_contracts_wasm on protocol_contracts (wasm_hash);
create index protocol_contracts_tag on protocol_contracts (tag_key);

-- Tags that name the code of other contracts (CAP-85).
create table executable_tags (
    tag_key bytea primary key,
    owner_id bytea not null,
    tag bytea not null,
    -- Null: contracts name the tag, but its entry has not been seen.
    wasm_hash bytea,
    -- The first ledger with this code, as far as this database has seen.
    since_ledger integer not null
);
create index executable_tags_wasm on executable_tags (wasm_hash);

-- What contracts ran, and tags named, before: what they are now is in protocol_contracts and executable_tags. `subject` is a contract's address
-- or a tag's key.
create table former_executables (
    subject bytea not null,
    -- The last ledger with it.
    until_ledger integer not null,
    wasm_hash bytea,
    tag_key bytea,
    primary key (subject, until_ledger)
);

-- What speaks for and against reading the balances of a code's contracts from their storage.
create table token_layouts (
    wasm_hash bytea primary key,
    -- Movements after which the holder's entry had changed by what the events say; by something else; not at all.
    agreements bigint not null default 0,
    differences bigint not null default 0,
    contradictions bigint not null default 0,
    -- Does `balance()` say what the entry says? Null: nobody has asked.
    confirmed boolean,
    -- The first ledger with a contradiction, and what it was.
    contradicted_ledger integer,
    contradiction text,
    -- Are balances read from the storage? What `balance()` says outranks the events.
    is_proven boolean not null generated always as (
        coalesce(confirmed, contradictions = 0 and agreements >= 3 and agreements > differences)) stored,
    -- What `contract_tokens.balances_from` of the code's contracts was made from.
    is_applied boolean not null default false
);
-- Those whose contracts are to be told.
create index token_layouts_flipped on token_layouts (wasm_hash) where is_applied <> is_proven;

-- Owners of NFTs (SEP-50), of every contract that looks as if it had some. `token_id` is any unsigned number of up to 256 bits.
create table nfts (
    contract_id uuid not null,
    token_id numeric not null,
    -- Null: it was burnt. The row stays, so that no older ledger and no range brings the token back.
    owner_id bytea,
    -- From the contract's storage; else from an event.
    is_stored boolean not null,
    last_modified_ledger integer not null,
    uri text,
    -- The ledger of the simulation of `token_uri()` that gave `uri`, or gave nothing; null: nobody has asked.
    uri_ledger integer,
    primary key (contract_id, token_id)
) with (fillfactor = 90);
create index nfts_owner on nfts (owner_id, contract_id, token_id) where owner_id is not null;
create index nfts_without_uri on nfts (contract_id, token_id) where owner_id is not null and uri_ledger is null;

-- NFTs that were minted together, as one event says (`consecutive_mint`): one row, whatever their number. Whose a token of it is now a row
-- of `nfts` says; without one it is still the owner's. Ranges of a contract never overlap.
create table nft_ranges (
    contract_id uuid not null,
    first_id numeric not null,
    last_id numeric not null,
    owner_id bytea not null,
    minted_ledger integer not null,
    -- All tokens before it have a row of their own.
    next_id numeric not null,
    primary key (contract_id, first_id)
);
create index nft_ranges_owner on nft_ranges (owner_id, contract_id, first_id) include (last_id) where next_id <= last_id;
create index nft_ranges_without_uri on nft_ranges (contract_id, first_id) where next_id <= last_id;

-- The contracts whose NFTs are shown.
create index contract_tokens_nfts on contract_tokens (id) where type = 'SEP50';

-- NFTs whose URI nobody has asked for, up to `most`, up to `of_one` of a contract.
create function nfts_without_uri(most integer, of_one integer) returns table (contract_id uuid, contract text, token_id text)
language sql stable set search_path = public, pg_temp as $$
    select t.id, t.contract_id, due.token_id::text
    from contract_tokens t cross join lateral (
        (select n.token_id from nfts n where n.contract_id = t.id and n.owner_id is not null and n.uri_ledger is null limit of_one)
        union
        (select id from (
            select generate_series(r.next_id, least(r.last_id, r.next_id + of_one - 1)) as id
            from nft_ranges r where r.contract_id = t.id and r.next_id <= r.last_id order by r.first_id limit of_one) r)
        limit of_one) due
    where t.type = 'SEP50' order by random() limit most
$$;

-- Stores what simulations of `token_uri()` at a ledger gave; null: nothing. Tokens of a range get their own row with it.
create function set_nft_uris(contract uuid, token_ids numeric[], uris text[], ledger integer) returns void
language sql set search_path = public, pg_temp as $$
    insert into nfts as t (contract_id, token_id, owner_id, is_stored, last_modified_ledger, uri, uri_ledger)
    select contract, a.token_id, r.owner_id, false, r.minted_ledger, a.uri, ledger
    from unnest(token_ids, uris) as a (token_id, uri)
    cross join lateral (
        select * from nft_ranges r where r.contract_id = contract and r.first_id <= a.token_id order by r.first_id desc limit 1) r
    where a.token_id <= r.last_id
    on conflict do nothing;
    update nfts t set uri = a.uri, uri_ledger = ledger from unnest(token_ids, uris) as a (token_id, uri)
    where t.contract_id = contract and t.token_id = a.token_id;
    update nft_ranges r set next_id = coalesce((
        select min(id) from generate_series(r.next_id, least(r.last_id, r.next_id + cardinality(token_ids))) id
        where not exists (select from nfts n where n.contract_id = r.contract_id and n.token_id = id)),
        least(r.last_id, r.next_id + cardinality(token_ids)) + 1)
    where r.contract_id = contract and r.next_id <= r.last_id
        and exists (select from unnest(token_ids) as a (token_id) where a.token_id between r.first_id and r.last_id)
$$;
