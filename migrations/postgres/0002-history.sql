-- The five history tables, partitioned by ledger close time (one partition a UTC day, made ahead by ingest; no default partition).
-- `account_key` is the first 8 bytes of an account's 32-byte key as a signed big-endian integer: small index entries.
-- Two accounts may share a key, so a reader compares the full address: with `accounts` of the wide row (transactions,
-- operations) or with `account_id` (state_changes). An address is its strkey version byte followed by its whole payload.
--
-- No table has a primary key: the ledger's row in `ledgers` is written once, so the ids of its rows are unique by construction.
-- An index that is not unique stores equal keys once, and a page sorts the rows of one ledger itself. A link row holds all ids of
-- one account and ledger: fewer rows and index entries to write (docs/decisions/0005-lean-history-indexes.md).
create table transactions (
    to_id bigint not null,
    ledger_created_at timestamptz not null,
    ledger_number integer not null,
    fee_charged bigint not null,
    is_fee_bump boolean not null,
    hash bytea not null,
    result_code text not null,
    accounts bytea[] not null,
    ingested_at timestamptz not null default now()
) partition by range (ledger_created_at);
create index transactions_id on transactions (to_id);

create table transactions_accounts (
    account_key bigint not null,
    ledger_created_at timestamptz not null,
    tx_to_ids bigint[] not null
) partition by range (ledger_created_at);
create index transactions_accounts_page on transactions_accounts (account_key, ledger_created_at);

create table operations (
    id bigint not null,
    ledger_created_at timestamptz not null,
    ledger_number integer not null,
    successful boolean not null,
    operation_type text not null,
    result_code text not null,
    operation_xdr bytea not null,
    accounts bytea[] not null,
    ingested_at timestamptz not null default now()
) partition by range (ledger_created_at);
create index operations_id on operations (id);

create table operations_accounts (
    account_key bigint not null,
    ledger_created_at timestamptz not null,
    operation_ids bigint[] not null
) partition by range (ledger_created_at);
create index operations_accounts_page on operations_accounts (account_key, ledger_created_at);

create table state_changes (
    to_id bigint not null,
    operation_id bigint not null,
    state_change_id bigint not null,
    ledger_created_at timestamptz not null,
    account_key bigint not null,
    ledger_number integer not null,
    account_id bytea not null,
    state_change_category text not null,
    state_change_reason text not null,
    token_id bytea,
    amount text,
    signer_account_id bytea,
    spender_account_id bytea,
    creator_account_id bytea,
    destination_account_id bytea,
    liquidity_pool_id text,
    signer_weight_old smallint,
    signer_weight_new smallint,
    threshold text,
    threshold_old smallint,
    threshold_new smallint,
    trustline_limit_old text,
    trustline_limit_new text,
    flags smallint,
    data_entry_name text,
    key_value jsonb,
    to_muxed_id text,
    ingested_at timestamptz not null default now()
) partition by range (ledger_created_at);
create index state_changes_transaction on state_changes (to_id);
create index state_changes_page on state_changes (account_key, ledger_created_at);
-- Filtered pages: everything but the frequent DEBIT and CREDIT rows is rare, so this index is small.
create index state_changes_rare on state_changes
    (account_key, state_change_category, ledger_created_at)
    where state_change_category <> 'BALANCE' or state_change_reason in ('MINT', 'BURN');
