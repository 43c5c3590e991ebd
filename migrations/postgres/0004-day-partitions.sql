-- Makes the partitions of one UTC day for the five history tables, where they are missing. Each is made on its own and then
-- attached, so that the parent is locked for a moment only, and never against readers. The check constraint lets ATTACH skip
-- its scan.
create function create_day_partitions(day date) returns integer language plpgsql as $$
declare
    parent text;
    child text;
    made integer := 0;
    lower_bound timestamptz := day::timestamp at time zone 'UTC';
    upper_bound timestamptz := (day + 1)::timestamp at time zone 'UTC';
begin
    foreach parent in array array['transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes'] loop
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
