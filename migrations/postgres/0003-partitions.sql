-- Makes the partitions of one UTC day for the two history tables, where they are missing. Each is made on its own and then
-- attached, so that the parent is locked for a moment only, and never against readers. The check constraint lets ATTACH skip
-- its scan. Attaching needs the parent's owner, hence `security definer`; the fixed path keeps a caller from slipping in tables
-- of its own.
create function create_day_partitions(day date) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    child text;
    made integer := 0;
    lower_bound timestamptz := day::timestamp at time zone 'UTC';
    upper_bound timestamptz := (day + 1)::timestamp at time zone 'UTC';
begin
    foreach parent in array array['transactions', 'account_links'] loop
        child := parent || '_' || to_char(day, 'YYYYMMDD');
        if to_regclass(child) is null then
            execute format('create table %I (like %I including defaults, constraint %I check (ledger_created_at >= %L and ledger_created_at < %L))',
                child, parent, child || '_day', lower_bound, upper_bound);
            execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, lower_bound, upper_bound);
            execute format('alter table %I drop constraint %I', child, child || '_day');
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;
comment on function create_day_partitions(date) is 'Makes the partitions of one UTC day where they are missing; returns how many it made.';

-- Drops the day partitions that end before a UTC day. Returns how many tables it dropped.
create function drop_history_before(cutoff date) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    child regclass;
    dropped integer := 0;
begin
    for child in
        select c.oid::regclass from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = any (array['transactions', 'account_links']::regclass[])
            and c.relname ~ '_[0-9]{8}$' and to_date(right(c.relname, 8), 'YYYYMMDD') < cutoff
        order by c.relname
    loop
        execute format('drop table %s', child);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;
