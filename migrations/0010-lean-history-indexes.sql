-- One link row an account and ledger, with the ids of all its transactions (operations) there, instead of one a
-- transaction: fewer rows and index entries to write. Rows of the former shape are folded.
create temporary table folded_transactions on commit drop as
    select account_key, ledger_created_at, array_agg(tx_to_id order by tx_to_id) as ids from transactions_accounts group by 1, 2;
create temporary table folded_operations on commit drop as
    select account_key, ledger_created_at, array_agg(operation_id order by operation_id) as ids from operations_accounts group by 1, 2;
truncate transactions_accounts, operations_accounts;
drop index transactions_accounts_page, operations_accounts_page;
alter table transactions_accounts drop column tx_to_id;
alter table transactions_accounts add column tx_to_ids bigint[] not null;
alter table operations_accounts drop column operation_id;
alter table operations_accounts add column operation_ids bigint[] not null;
create index transactions_accounts_page on transactions_accounts (account_key, ledger_created_at);
create index operations_accounts_page on operations_accounts (account_key, ledger_created_at);
insert into transactions_accounts (account_key, ledger_created_at, tx_to_ids) select * from folded_transactions;
insert into operations_accounts (account_key, ledger_created_at, operation_ids) select * from folded_operations;

-- The ledger's row in `ledgers` is written once, so the ids of its rows need no unique index of their own. An index that is not
-- unique folds equal keys, and a page sorts the rows of one ledger itself.
alter table transactions drop constraint transactions_pkey;
create index transactions_id on transactions (to_id);
alter table operations drop constraint operations_pkey;
create index operations_id on operations (id);
alter table state_changes drop constraint state_changes_pkey;
create index state_changes_transaction on state_changes (to_id);
drop index state_changes_page;
create index state_changes_page on state_changes (account_key, ledger_created_at);
-- Filtered pages in their order: everything but the dense DEBIT and CREDIT rows is rare, so this index is small.
drop index state_changes_rare;
create index state_changes_rare on state_changes (account_key, state_change_category, ledger_created_at)
    where state_change_category <> 'BALANCE' or state_change_reason in ('MINT', 'BURN');
