-- How the chunks of the two history tables are compressed; figures in docs/decisions/0006-columnstore.md. Nothing is segmented: most
-- accounts have a handful of links a day, far from the thousand that a batch holds. Transactions are read by id, links by account.

-- Compresses the chunks that ended so long ago (`compress_after` in the configuration), and again those that got rows since. Run as a
-- job, because a compression policy cannot set what makes a payload quick to read: batches of 250 rows, since the whole batch is
-- decompressed for each, and LZ4. Each chunk has its own transaction. A chunk that fails does not keep the others from being compressed.
create procedure compress_history(job_id integer, config jsonb) language plpgsql as $$
declare
    chunk record;
    failure text;
begin
    for chunk in
        select h.table_name as history, format('%I.%I', c.schema_name, c.table_name) as name
        from _timescaledb_catalog.hypertable h
        join _timescaledb_catalog.chunk c on c.hypertable_id = h.id
        join timescaledb_information.chunks i on i.chunk_schema = c.schema_name and i.chunk_name = c.table_name
        where h.schema_name = 'public' and h.table_name in ('transactions', 'account_links')
            and i.range_end <= now() - (config ->> 'compress_after')::interval
            -- 1: compressed, 2: and then rows came out of order, 4: frozen, 8: and then rows came.
            and c.status & 4 = 0 and (c.status & 1 = 0 or c.status & 10 <> 0)
        order by i.range_end
    loop
        perform set_config('search_path', 'public, pg_temp', true);
        -- Since 2.19 of TimescaleDB, and where the server was built with LZ4.
        perform set_config(name, case chunk.history when 'transactions' then '250' else '1000' end, true)
            from pg_settings where name = 'timescaledb.compression_batch_size_limit';
        perform set_config(name, 'lz4', true) from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals);
        begin
            perform compress_chunk(chunk.name::regclass);
        exception when others then
            failure := format('%s: %s', chunk.name, sqlerrm);
        end;
        commit;
    end loop;
    if failure is not null then
        raise exception 'A chunk could not be compressed. %', failure;
    end if;
end
$$;

-- Sets the columnstore and the age: chunks are compressed so long after their end; null: never. Ingest calls it again when its
-- configuration changes; chunks that are compressed already stay so. Returns false, and changes nothing, where the extension's licence
-- has no columnstore.
create function set_columnstore(after interval) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if coalesce(current_setting('timescaledb.license', true), '') <> 'timescale' then
        return false;
    end if;
    execute 'alter table transactions set (timescaledb.compress, timescaledb.compress_segmentby = '''', timescaledb.compress_orderby = ''to_id'')';
    execute 'alter table account_links set (timescaledb.compress, timescaledb.compress_segmentby = '''', timescaledb.compress_orderby = ''account_key, ledger_created_at desc'')';
    perform delete_job(job_id) from timescaledb_information.jobs where proc_schema = 'public' and proc_name = 'compress_history';
    if after is not null then
        perform add_job('compress_history', interval '12 hours', jsonb_build_object('compress_after', after));
    end if;
    return true;
end
$$;
select set_columnstore(interval '7 days');
