-- What the maintenance in ingest has applied, so that it acts once a change of the configuration.
create table maintenance_settings (
    name text primary key,
    value jsonb not null,
    applied_at timestamptz not null default now()
);

-- PostgreSQL's own partitions have no columnstore: nothing to apply.
create function apply_compression(after_days integer, tables jsonb) returns integer language sql
    set search_path = public, pg_temp as 'select 0';
