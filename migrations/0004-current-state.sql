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

-- Who holds an asset. The id never changes, so it costs new trustlines only.
create index trustline_balances_asset on trustline_balances (asset_id);

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

-- Tokens by contract. `type` is SAC, SEP41 or UNKNOWN (seen holding balances, nature not proven yet). Decimals are null
-- until known.
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
    updated_at timestamptz not null default now()
);

create table sep41_balances (
    account_id bytea not null,
    contract_id uuid not null,
    balance numeric not null,
    last_modified_ledger integer not null,
    primary key (account_id, contract_id)
) with (fillfactor = 90);

create table sep41_allowances (
    owner_id bytea not null,
    spender_id bytea not null,
    contract_id uuid not null,
    amount numeric not null,
    expiration_ledger integer not null,
    last_modified_ledger integer not null,
    primary key (owner_id, spender_id, contract_id)
) with (fillfactor = 90);
create index sep41_allowances_expiration on sep41_allowances (expiration_ledger);

create table protocol_wasms (
    wasm_hash bytea primary key,
    protocol_id text,
    created_at timestamptz not null default now()
);
create index protocol_wasms_protocol on protocol_wasms (protocol_id);

-- `contract_id` is the full address (33 bytes), as everywhere.
create table protocol_contracts (
    contract_id bytea primary key,
    wasm_hash bytea not null,
    name text,
    created_at timestamptz not null default now()
);
create index protocol_contracts_wasm on protocol_contracts (wasm_hash);
