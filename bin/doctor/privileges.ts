import { fail, ok, type Check } from "./check.ts";

/** What ingest needs: to read every table and to write all but those that belong to the migrations. */
export const privileges: Check = {
  name: "privileges",
  async run({ sql }) {
    const missing = await sql<{ lack: string }[]>`
      select format('%s on %s', p.privilege, c.relname) as lack
      from pg_class c, (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) p (privilege)
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and (p.privilege = 'SELECT' or c.relname not in ('schema_migrations', 'account_key_secret'))
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
        and not has_table_privilege(c.oid, p.privilege)
      union all
      select format('EXECUTE on %s', f.oid::regprocedure) from pg_proc f
      where f.pronamespace = 'public'::regnamespace and f.proname in
          ('begin_ledger', 'create_day_partitions', 'drop_history_before', 'set_columnstore', 'strkey', 'tokens_of_code', 'refresh_contract_tokens',
            'nfts_without_uri', 'set_nft_uris')
        and not has_function_privilege(f.oid, 'EXECUTE')
      order by 1`;
    const [user] = await sql<{ name: string }[]>`select current_user as name`;
    if (missing.length === 0) return ok(`${user!.name} may do what ingest does`);
    const shown = missing.slice(0, 5).map(({ lack }) => lack);
    return fail(
      `${user!.name} lacks ${shown.join(", ")}${missing.length > 5 ? ` and ${missing.length - 5} more` : ""}`,
      `Run the migrations again (they make the roles), then: grant wallet_ingest to ${user!.name};`,
    );
  },
};
