-- State archival (CAP-46-12, CAP-62, CAP-66) and freezing (CAP-77): what of a contract's data can be used.

-- A contract's entry lives until a ledger. From the next one on it is archived: still there, but nobody can use it before it is
-- restored. That ledger is an entry of its own, the TTL, which changes with the entry or alone and names it by the SHA-256 of its
-- ledger key: `key_hash`. `live_until_ledger` is null where the TTL was set before this database began and has not changed since.
-- `evicted_ledger` is the ledger that moved an archived entry from the live state to the hot archive; null again once it is restored.
alter table sac_balances add column key_hash bytea, add column live_until_ledger integer, add column evicted_ledger integer;
alter table sep41_balances add column key_hash bytea, add column live_until_ledger integer, add column evicted_ledger integer;
alter table nfts add column key_hash bytea, add column live_until_ledger integer, add column evicted_ledger integer;

-- Of contracts: their instance, without which none of their functions can be called.
alter table contract_tokens add column key_hash bytea, add column live_until_ledger integer, add column evicted_ledger integer;
alter table protocol_contracts add column key_hash bytea, add column live_until_ledger integer, add column evicted_ledger integer;

-- Looked up by equality alone, and a hash index keeps 4 bytes of the 32.
create index sac_balances_key on sac_balances using hash (key_hash);
create index sep41_balances_key on sep41_balances using hash (key_hash);
create index nfts_key on nfts using hash (key_hash);
create index contract_tokens_key on contract_tokens using hash (key_hash);
create index protocol_contracts_key on protocol_contracts using hash (key_hash);

-- Ledger keys that the network's validators have frozen, as of the newest ledger. Whose entry a key names: the account of an account or
-- a trustline (with its asset), the contract of an instance; all other keys are known by their hash alone.
create table frozen_keys (
    key_hash bytea primary key,
    ledger_key bytea not null,
    account_id bytea,
    asset_id uuid,
    -- The ledger that froze it, or the first that this database saw it in.
    frozen_ledger integer not null
);
create index frozen_keys_account on frozen_keys (account_id);

-- Upgrades of the network that ledgers applied. `type` is VERSION, BASE_FEE, MAX_TX_SET_SIZE, BASE_RESERVE, FLAGS, CONFIG or
-- MAX_SOROBAN_TX_SET_SIZE; `value` what it was set to (fees and reserves in stroops). A CONFIG has the contract and the SHA-256 of the
-- settings that were voted for instead. `settings` are the ids (XDR `ConfigSettingID`) of those that got another value.
create table ledger_upgrades (
    sequence integer not null,
    ordinal smallint not null,
    type text not null,
    value bigint,
    contract_id bytea,
    content_hash bytea,
    settings smallint[] not null,
    primary key (sequence, ordinal)
);
