-- Plain PostgreSQL has no columnstore. The function exists so that ingest calls the same one on both engines.
create function set_columnstore(after interval) returns boolean language sql set search_path = public, pg_temp as $$ select false $$;
