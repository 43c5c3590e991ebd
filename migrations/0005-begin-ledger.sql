-- First statement of every ledger transaction: moves `latest` to the ledger that follows it, for the one session that may (its
-- fence and backend), and records the ledger. Anything else raises, so that the rest of the transaction, which is sent without
-- waiting for this result, fails with it. SQLSTATEs: WL001 another session took over, WL002 not the next ledger, WL003 another
-- chain; the detail is the newest ledger here, or `none`.
create function begin_ledger(
    new_ledger integer, new_hash bytea, parent_hash bytea, closed_seconds bigint, protocol integer, reserve bigint,
    transactions integer, operations integer, state_changes integer, own_fence bigint,
    known_protocol integer
) returns void language plpgsql as $$
declare
    closed timestamptz := to_timestamp(closed_seconds);
    latest record;
begin
    update cursors set ledger = new_ledger, ledger_hash = new_hash, closed_at = closed, protocol_version = protocol,
        base_reserve = reserve, updated_at = now(),
        newer_protocol_from = case when known_protocol is null then newer_protocol_from else coalesce(newer_protocol_from, new_ledger) end
    where name = 'latest' and fence = own_fence and backend_pid = pg_backend_pid()
        and (ledger is null or (ledger = new_ledger - 1 and ledger_hash = parent_hash));
    if not found then
        select ledger, fence = own_fence and backend_pid = pg_backend_pid() as own into latest from cursors where name = 'latest';
        if not coalesce(latest.own, false) then
            raise exception 'another session took over' using errcode = 'WL001', detail = coalesce(latest.ledger::text, 'none');
        elsif latest.ledger <> new_ledger - 1 then
            raise exception 'ledger % does not follow ledger %', new_ledger, latest.ledger using errcode = 'WL002', detail = coalesce(latest.ledger::text, 'none');
        end if;
        raise exception 'ledger % is of another chain', new_ledger using errcode = 'WL003', detail = coalesce(latest.ledger::text, 'none');
    end if;
    insert into ledgers (sequence, hash, previous_hash, closed_at, protocol_version, newer_than, base_reserve, transaction_count, operation_count, state_change_count)
    values (new_ledger, new_hash, parent_hash, closed, protocol, known_protocol, reserve, transactions, operations, state_changes);
    update cursors set ledger = new_ledger, updated_at = now() where name = 'oldest' and ledger is null;
end
$$;
