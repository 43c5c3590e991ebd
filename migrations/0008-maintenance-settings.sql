-- The configuration that maintenance in ingest applied last, so that it acts only when the configuration changes.
create table maintenance_settings (
    name text primary key,
    value jsonb not null,
    applied_at timestamptz not null default now()
);
-- Applied by the next migration.
insert into maintenance_settings (name, value) values ('compression', '{"afterDays": 7}');
