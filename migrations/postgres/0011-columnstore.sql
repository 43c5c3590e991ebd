-- Plain PostgreSQL has no columnstore; the function is there so that both dialects have the same ones.
create function set_columnstore(after interval, state_changes_after interval) returns boolean language sql as $$ select false $$;
