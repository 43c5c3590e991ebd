-- Drops the chunks that end before a UTC day. Returns how many it dropped.
create function drop_history_before(cutoff date) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    dropped integer := 0;
begin
    foreach parent in array array['transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes'] loop
        dropped := dropped + (select count(*) from drop_chunks(parent::regclass, older_than => cutoff::timestamp at time zone 'UTC'));
    end loop;
    return dropped;
end
$$;

-- Finds the hashes of ledgers that are gone: rows lie in the order of their ids, so a block range index of some pages is enough.
create index transaction_hashes_ids on transaction_hashes using brin (to_id) with (autosummarize = on);
