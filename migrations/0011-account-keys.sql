-- The secret of the keys of accounts in links. It is made here and never leaves the database but to ingest and serve.
create table account_key_secret (
    only_row boolean primary key default true check (only_row),
    secret bytea not null
);
-- Two random UUIDs have 244 random bits.
insert into account_key_secret (secret) values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- The key of an address (strkey version byte and whole payload): the first 8 bytes of SHA-256 over secret and address, as a signed
-- big-endian integer. For operators; ingest and serve work it out themselves.
create function account_key(address bytea) returns bigint language sql stable set search_path = public, pg_temp as $$
    select ('x' || encode(substring(sha256(secret || address) from 1 for 8), 'hex'))::bit(64)::bigint from account_key_secret
$$;
