-- What else an account may count on or has promised: claimable balances (CAP-23) and offers. Current state, as in 0004. Assets are those
-- of `trustline_assets`, null is XLM.

-- `claimants` is the XDR `Claimant<10>` of the entry; `sponsor` is whoever pays the reserve. What only the ledger tells in which the balance was
-- made is null when ingestion began later: `made_by`, the operation's id (TOID); `made_at`, the ledger's close time; and
-- `made_with`, the number of operations of its transaction.
create table claimable_balances (
    balance_id bytea primary key,
    asset_id uuid,
    amount bigint not null,
    made_by bigint,
    made_at timestamptz,
    -- The ledger that made it, or, when ingestion began later, the one that had last changed it before: the order of lists.
    since_ledger integer not null,
    last_modified_ledger integer not null,
    made_with smallint,
    is_clawback_enabled boolean not null,
    sponsor bytea,
    claimants bytea not null
) with (fillfactor = 95);

-- The balances of a claimant, oldest first.
create table claimable_balance_claimants (
    since_ledger integer not null,
    claimant_id bytea not null,
    balance_id bytea not null,
    primary key (claimant_id, since_ledger, balance_id)
);

-- The price is `price_n / price_d` of `buying` a unit of `selling`. Hundreds change in every ledger, nearly always the amount alone: they are
-- found by the id, which is the network's, no index holds what changes, and each page has room.
create table offers (
    offer_id bigint primary key,
    amount bigint not null,
    price_n integer not null,
    price_d integer not null,
    last_modified_ledger integer not null,
    is_passive boolean not null,
    selling_id uuid,
    buying_id uuid,
    seller_id bytea not null,
    sponsor bytea
) with (fillfactor = 85);
create index offers_seller on offers (seller_id, offer_id);
