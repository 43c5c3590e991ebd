-- Who may do what. Two group roles, to which the login users of the two functions belong: `wallet_ingest` writes rows,
-- `wallet_serve` only reads them; neither owns anything. Roles belong to the server, not to the database, so they may be there
-- already. The migrator calls this after every run, so that it covers tables and functions of later migrations, and gives the
-- grants when an administrator has made the roles because the owner may not. Returns false when the roles are missing.
create function grant_wallet_roles() returns boolean language plpgsql set search_path = public, pg_temp as $$
declare
    group_role text;
    object record;
begin
    foreach group_role in array array['wallet_ingest', 'wallet_serve'] loop
        if not exists (select from pg_roles where rolname = group_role) then
            begin
                execute format('create role %I nologin', group_role);
            exception
                -- The migration of another database on this server was faster.
                when duplicate_object or unique_violation then null;
                when insufficient_privilege then
                    raise warning 'The role % is missing, and % may not create roles. Let an administrator run: create role wallet_ingest; create role wallet_serve. Then run migrate again.', group_role, current_user;
                    return false;
            end;
        end if;
    end loop;

    grant usage on schema public to wallet_ingest, wallet_serve;
    if not has_database_privilege('wallet_ingest', current_database(), 'connect') or not has_database_privilege('wallet_serve', current_database(), 'connect') then
        execute format('grant connect on database %I to wallet_ingest, wallet_serve', current_database());
    end if;
    -- What every user of the server has by default, and no function needs. Only the owner may take it away, and PostgreSQL in
    -- WASM, whose databases cannot be altered, not even the owner.
    begin
        revoke create on schema public from public;
        execute format('revoke temporary on database %I from public', current_database());
    exception when insufficient_privilege or internal_error then null;
    end;

    alter default privileges in schema public grant select on tables to wallet_serve;
    alter default privileges in schema public grant select, insert, update, delete on tables to wallet_ingest;
    alter default privileges in schema public grant usage, select on sequences to wallet_ingest;
    for object in
        select c.oid::regclass as name, c.relkind from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S') and not c.relispartition
            and pg_has_role(c.relowner, 'usage')
            and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    loop
        if object.relkind = 'S' then
            execute format('grant usage, select on sequence %s to wallet_ingest', object.name);
        else
            execute format('grant select on %s to wallet_serve', object.name);
            execute format('grant select, insert, update, delete on %s to wallet_ingest', object.name);
        end if;
    end loop;
    revoke insert, update, delete on schema_migrations from wallet_ingest;
    -- Made by a migration behind this one.
    if to_regclass('account_key_secret') is not null then
        revoke insert, update, delete on account_key_secret from wallet_ingest;
    end if;

    -- Functions that act with their owner's rights: for ingest alone.
    for object in
        select p.oid::regprocedure as name from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.prosecdef and pg_has_role(p.proowner, 'usage')
            and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    loop
        execute format('revoke execute on function %s from public', object.name);
        execute format('grant execute on function %s to wallet_ingest', object.name);
    end loop;
    return true;
end
$$;

revoke execute on function grant_wallet_roles() from public;
