-- What the maintenance in ingest has applied, so that it acts once a change of the configuration.
create table maintenance_settings (
    name text primary key,
    value jsonb not null,
    applied_at timestamptz not null default now()
);

-- Plain PostgreSQL has no columnstore; the function is there so that both dialects have the same ones.
create function set_columnstore(after interval, state_changes_after interval) returns boolean language sql set search_path = public, pg_temp as $$ select false $$;
insert into maintenance_settings (name, value) values ('compression', '{"afterDays": 7, "stateChangesAfterDays": 30}');
