-- Both tables are partitioned by ledger close time: hypertables, one chunk a UTC day.
-- The history: one row a transaction, with everything that belongs to it packed into `payload` (docs/history-format.md), and one link an
-- account and ledger, which tells what the account has in that ledger.
--
-- `account_key` is a keyed hash of the address (account_key in 0011): small index entries, and nobody can make an address that shares
-- another's. Two may share one by chance, so a reader looks at the transaction itself.
--
-- Neither has a primary key: the ledger's row in `ledgers` is written once, so the ids of its rows are unique by construction. An index
-- that is not unique stores equal keys once (docs/decisions/0005-one-row-a-transaction.md).
create table transactions (
    to_id bigint not null,
    ledger_created_at timestamptz not null,
    ingested_at timestamptz not null default now(),
    hash bytea not null,
    payload bytea not null
);
create index transactions_id on transactions (to_id);

-- `kinds`: a bit for each kind of state change that the account has in the ledger. `refs`: per transaction its place, whether the account
-- takes part, its operations, and kinds, tokens and counterparties of its changes.
create table account_links (
    account_key bigint not null,
    ledger_created_at timestamptz not null,
    ledger_number integer not null,
    kinds integer not null,
    refs bytea not null
);
create index account_links_page on account_links (account_key, ledger_created_at);
-- Filtered pages: all kinds but BALANCE DEBIT and CREDIT (bits 0 and 1) are rare, so this index is small.
create index account_links_rare on account_links (account_key, ledger_created_at) where kinds & -4 <> 0;

select create_hypertable('transactions', by_range('ledger_created_at', interval '1 day'), create_default_indexes => false);
select create_hypertable('account_links', by_range('ledger_created_at', interval '1 day'), create_default_indexes => false);
