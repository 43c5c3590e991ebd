-- TimescaleDB makes its chunks itself; making tomorrow's ahead only saves the first ledger of the day some milliseconds.
-- create_chunk is internal: where it is missing or has another form, nothing is made. Returns how many chunks it made: after new
-- ones ingest waits for statements that were planned before (docs/decisions/0007-readers-that-plan-beside-a-new-partition.md).
create function create_day_partitions(day date) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    made integer := 0;
    bounds jsonb := jsonb_build_object('ledger_created_at', jsonb_build_array(
        (extract(epoch from day::timestamp at time zone 'UTC') * 1000000)::bigint,
        (extract(epoch from (day + 1)::timestamp at time zone 'UTC') * 1000000)::bigint));
begin
    foreach parent in array array['transactions', 'account_links'] loop
        begin
            made := made + (select created::integer from _timescaledb_functions.create_chunk(parent::regclass, bounds));
        exception when others then
            return made;
        end;
    end loop;
    return made;
end
$$;

-- Drops the chunks that end before a UTC day. Returns how many it dropped.
create function drop_history_before(cutoff date) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    dropped integer := 0;
begin
    foreach parent in array array['transactions', 'account_links'] loop
        dropped := dropped + (select count(*) from drop_chunks(parent::regclass, older_than => cutoff::timestamp at time zone 'UTC'));
    end loop;
    return dropped;
end
$$;
