-- One database holds one network. The first ingest writes its passphrase; every later one must match it.
create table network (
    only_row boolean primary key default true check (only_row),
    passphrase text not null
);

-- How far ingestion has come. `latest` is the newest ledger whose transaction has committed (null before the first),
-- `oldest` the oldest ledger whose history is still here. The fence and the backend pid name the one session that may
-- move `latest`: begin_ledger checks them first in every ledger transaction. `events` is the newest ledger whose token events have been
-- added up (null before the first): ledgers that are written again do not count twice (functions/ingest/persist/counted-events.ts).
create table cursors (
    name text primary key,
    ledger integer,
    ledger_hash bytea,
    closed_at timestamptz,
    protocol_version integer,
    base_reserve bigint,
    network_tip integer,
    -- The oldest ledger here that has newer_than; null: none has.
    newer_protocol_from integer,
    fence bigint not null default 0,
    backend_pid integer,
    updated_at timestamptz not null default now()
);
insert into cursors (name) values ('latest'), ('oldest'), ('events');

-- One row a ledger, written in the ledger's own transaction: presence, hash chain, and the way from a ledger to its
-- close time (the partition key of all history).
create table ledgers (
    sequence integer primary key,
    hash bytea not null,
    previous_hash bytea not null,
    closed_at timestamptz not null,
    protocol_version integer not null,
    -- The protocol was later than the code knew that wrote the ledger, which knew up to this one: what is new may be missing. Null: known.
    newer_than integer,
    base_reserve bigint not null,
    transaction_count integer not null,
    operation_count integer not null,
    state_change_count integer not null,
    ingested_at timestamptz not null default now()
);

create index ledgers_newer on ledgers (sequence) where newer_than is not null;

-- From a transaction hash to its id without knowing the time: the first 8 bytes of the hash as a signed big-endian
-- integer. A fee bump has two rows, its own hash and that of its inner transaction. Two transactions may share a prefix: the
-- full hash decides, which is in `transactions`, or that of the inner transaction in its payload.
create table transaction_hashes (
    hash_prefix bigint not null,
    to_id bigint not null
);
create index transaction_hashes_prefix on transaction_hashes (hash_prefix) include (to_id);
-- Finds the hashes of ledgers whose history was dropped: rows lie in the order of their ids, so a block range index is enough.
create index transaction_hashes_ids on transaction_hashes using brin (to_id) with (autosummarize = on);
