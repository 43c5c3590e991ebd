-- How the chunks of the five history tables are compressed; figures in docs/decisions/0006-columnstore.md. Nothing is segmented by
-- account: most accounts have a handful of rows a day, far from the thousand that a batch holds. Links are read by account only,
-- the rest by time or id; an account's state changes are found by the bloom filter of each batch.
--
-- Sets that, and the policies: chunks are compressed so long after their end; null: never. State changes have an age of their own,
-- because a page of an account with few of them reads the filters of every compressed chunk. Ingest calls it again when its
-- configuration changes; chunks that are compressed already stay so. Returns false, and changes nothing, where the extension's
-- licence has no columnstore.
create function set_columnstore(after interval, state_changes_after interval) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare
    history text;
    age interval;
    -- The sparse index has a setting of its own since 2.22; before, filters are chosen by TimescaleDB.
    filters boolean := (select string_to_array(split_part(extversion, '-', 1), '.')::integer[] >= '{2,22}' from pg_extension where extname = 'timescaledb');
begin
    if coalesce(current_setting('timescaledb.license', true), '') <> 'timescale' then
        return false;
    end if;
    execute 'alter table transactions set (timescaledb.compress, timescaledb.compress_segmentby = '''', timescaledb.compress_orderby = ''to_id'')';
    execute 'alter table operations set (timescaledb.compress, timescaledb.compress_segmentby = '''', timescaledb.compress_orderby = ''id'')';
    execute 'alter table transactions_accounts set (timescaledb.compress, timescaledb.compress_segmentby = '''', timescaledb.compress_orderby = ''account_key, ledger_created_at desc'')';
    execute 'alter table operations_accounts set (timescaledb.compress, timescaledb.compress_segmentby = '''', timescaledb.compress_orderby = ''account_key, ledger_created_at desc'')';
    -- The whole order of a page, or each page would sort all that the filters let through.
    execute 'alter table state_changes set (timescaledb.compress, timescaledb.compress_segmentby = '''', timescaledb.compress_orderby = ''ledger_created_at desc, to_id desc, operation_id desc, state_change_id desc'''
        || case when filters then ', timescaledb.compress_index = ''bloom(account_key)''' else '' end || ')';
    foreach history in array array['transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes'] loop
        perform remove_compression_policy(history::regclass, if_exists => true);
        age := case history when 'state_changes' then state_changes_after else after end;
        if age is not null then
            perform add_compression_policy(history::regclass, compress_after => age);
        end if;
    end loop;
    return true;
end
$$;
select set_columnstore(interval '7 days', interval '30 days');
