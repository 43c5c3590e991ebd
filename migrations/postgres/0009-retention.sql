-- Drops the day partitions that end before a UTC day. Returns how many tables it dropped.
create function drop_history_before(cutoff date) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    child regclass;
    dropped integer := 0;
begin
    for child in
        select c.oid::regclass from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = any (array['transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes']::regclass[])
            and c.relname ~ '_[0-9]{8}$' and to_date(right(c.relname, 8), 'YYYYMMDD') < cutoff
        order by c.relname
    loop
        execute format('drop table %s', child);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;

-- Finds the hashes of ledgers that are gone: rows lie in the order of their ids, so a block range index of some pages is enough.
create index transaction_hashes_ids on transaction_hashes using brin (to_id) with (autosummarize = on);
