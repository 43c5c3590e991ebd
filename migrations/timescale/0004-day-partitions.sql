-- TimescaleDB makes its chunks by itself; making tomorrow's ahead only spares the first ledger of the day some milliseconds.
-- create_chunk is internal: where it is missing or answers otherwise, nothing is done.
create function create_day_partitions(day date) returns integer language plpgsql as $$
declare
    parent text;
    bounds jsonb := jsonb_build_object('ledger_created_at', jsonb_build_array(
        (extract(epoch from day::timestamp at time zone 'UTC') * 1000000)::bigint,
        (extract(epoch from (day + 1)::timestamp at time zone 'UTC') * 1000000)::bigint));
begin
    foreach parent in array array['transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes'] loop
        begin
            perform _timescaledb_functions.create_chunk(parent::regclass, bounds);
        exception when others then
            return 0;
        end;
    end loop;
    return 5;
end
$$;
