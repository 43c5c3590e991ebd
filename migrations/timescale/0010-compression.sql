-- What the maintenance in ingest has applied, so that it acts once a change of the configuration.
create table maintenance_settings (
    name text primary key,
    value jsonb not null,
    applied_at timestamptz not null default now()
);

-- Sets how chunks are compressed and from which age on; null: never. `tables` names segmentby and orderby of each history table.
-- Chunks that are compressed already stay as they are. Returns how many tables have a policy now.
create function apply_compression(after_days integer, tables jsonb) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    applied integer := 0;
begin
    foreach parent in array array['transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes'] loop
        perform remove_compression_policy(parent::regclass, if_exists => true);
        if after_days is not null and tables ? parent then
            execute format('alter table %I set (timescaledb.compress = true, timescaledb.compress_segmentby = %L, timescaledb.compress_orderby = %L)',
                parent, tables -> parent ->> 'segmentby', tables -> parent ->> 'orderby');
            perform add_compression_policy(parent::regclass, compress_after => make_interval(days => after_days));
            applied := applied + 1;
        end if;
    end loop;
    return applied;
end
$$;
