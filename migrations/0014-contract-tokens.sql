-- Which code contracts run, and what their tokens are by it.

-- What each contract runs now, the tags of CAP-85 followed. `wasm_hash` is null where a tag names it that has not been seen.
create view contract_code as
    select c.contract_id, c.token_id, coalesce(c.wasm_hash, t.wasm_hash) as wasm_hash
    from protocol_contracts c left join executable_tags t on t.tag_key = c.tag_key;

-- The tokens (ids of contract_tokens, whether they have a row there or not) of the contracts that run one of these codes.
create function tokens_of_code(wasm_hashes bytea[]) returns setof uuid language sql stable set search_path = public, pg_temp as $$
    select token_id from protocol_contracts where wasm_hash = any (wasm_hashes)
    union all
    select c.token_id from executable_tags t join protocol_contracts c on c.tag_key = t.tag_key where t.wasm_hash = any (wasm_hashes)
$$;

-- The text of an address (SEP-23) of 33 bytes: CRC-16/XMODEM behind it, low byte first, and all of it in base 32.
create function strkey(address bytea) returns text language plpgsql immutable strict set search_path = public, pg_temp as $$
declare
    crc integer := 0;
    bytes bytea;
    result text := '';
begin
    for i in 0 .. 32 loop
        crc := crc # (get_byte(address, i) << 8);
        for bit in 1 .. 8 loop
            crc := case when crc & 32768 = 0 then crc << 1 else (crc << 1) # 4129 end & 65535;
        end loop;
    end loop;
    bytes := address || set_byte(set_byte('\x000000', 0, crc & 255), 1, crc >> 8);
    for at in 0 .. 55 loop
        result := result || substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
            1 + ((get_byte(bytes, at * 5 / 8) << 8 | get_byte(bytes, at * 5 / 8 + 1)) >> (11 - at * 5 % 8) & 31), 1);
    end loop;
    return result;
end
$$;

-- Makes tokens what their contracts' code says: their type, and where their balances are read from. Contracts that are tokens get a row if
-- they have none; a row that came later than the contract gets the TTL of its instance. A token that becomes one, and has no name yet, is
-- queued to be asked for it; with `ask_again` every one of them is, since new code may give another name. Assets' contracts, which are proven
-- by their ids, and contracts whose executable has not been seen stay as they are.
create function refresh_contract_tokens(token_ids uuid[], ask_again boolean default false) returns void
language sql set search_path = public, pg_temp as $$
    with judged as (
        select p.token_id, coalesce(t.contract_id, strkey(p.contract_id)) as contract_id, t.type as old_type, t.name,
            coalesce(w.kind, 'UNKNOWN') as type,
            case when w.kind = 'SEP41' and l.is_proven then 'STORAGE'
                when p.created_ledger is not null and not coalesce(t.events_differ, false) then 'EVENTS' else 'PARTIAL' end as balances_from,
            p.key_hash, p.live_until_ledger, p.evicted_ledger
        from protocol_contracts p
        join contract_code c on c.contract_id = p.contract_id
        left join protocol_wasms w on w.wasm_hash = c.wasm_hash
        left join token_layouts l on l.wasm_hash = c.wasm_hash
        left join contract_tokens t on t.id = p.token_id
        where p.token_id = any (token_ids) and t.type is distinct from 'SAC' and (t.type is not null or w.kind in ('SEP41', 'SEP50'))
    ), written as (
        insert into contract_tokens as t (id, contract_id, type, balances_from, key_hash, live_until_ledger, evicted_ledger)
        select token_id, contract_id, type, balances_from, key_hash, live_until_ledger, evicted_ledger from judged
        on conflict (id) do update set type = excluded.type, balances_from = excluded.balances_from, updated_at = now(),
            live_until_ledger = coalesce(t.live_until_ledger, excluded.live_until_ledger), evicted_ledger = coalesce(t.evicted_ledger, excluded.evicted_ledger)
        where (t.type, t.balances_from) is distinct from (excluded.type, excluded.balances_from)
            or (t.live_until_ledger is null and excluded.live_until_ledger is not null) or (t.evicted_ledger is null and excluded.evicted_ledger is not null)
    )
    insert into metadata_queue as q (token_id, contract_id)
    select token_id, contract_id from judged
    where type in ('SEP41', 'SEP50') and (ask_again or (name is null and old_type is distinct from type))
    on conflict (token_id) do update set status = 'pending', attempts = 0, next_try = null, updated_at = now()
$$;
