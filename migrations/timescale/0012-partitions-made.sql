-- Tells how many chunks it made, as on plain PostgreSQL (it said 5 for those that were there): only after new ones ingest waits for
-- the statements that were planned before.
create or replace function create_day_partitions(day date) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    made integer := 0;
    bounds jsonb := jsonb_build_object('ledger_created_at', jsonb_build_array(
        (extract(epoch from day::timestamp at time zone 'UTC') * 1000000)::bigint,
        (extract(epoch from (day + 1)::timestamp at time zone 'UTC') * 1000000)::bigint));
begin
    foreach parent in array array['transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes'] loop
        begin
            made := made + (select created::integer from _timescaledb_functions.create_chunk(parent::regclass, bounds));
        exception when others then
            return made;
        end;
    end loop;
    return made;
end
$$;
