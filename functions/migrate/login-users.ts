import type { Database } from "../shared/database/session.ts";
import { SERVE_SESSION } from "../shared/database/serve-session.ts";
import { WalletError } from "../shared/errors.ts";
import { transact } from "../shared/database/transaction.ts";
import { scramVerifier } from "./scram-verifier.ts";

export type GroupRole = "wallet_ingest" | "wallet_serve";

/** A user that a function logs in as. */
export interface LoginUser {
  group: GroupRole;
  username: string;
  /** Printable ASCII; never logged. */
  password: string;
}

/** What the server sets for every session of the user, also for whoever logs in as it by hand: a pooler passes no settings on. */
const SETTINGS: Record<GroupRole, Record<string, string>> = {
  wallet_ingest: {
    // A frozen or killed execution environment keeps the ingest lock no longer than this.
    idle_session_timeout: "60s",
    idle_in_transaction_session_timeout: "30s",
    statement_timeout: "60s",
    lock_timeout: "5s",
    tcp_keepalives_idle: "30",
    tcp_keepalives_interval: "10",
    tcp_keepalives_count: "3",
    client_connection_check_interval: "10s",
  },
  wallet_serve: {
    ...SERVE_SESSION,
    // Connections of execution environments that Lambda has removed.
    idle_session_timeout: "15min",
  },
};

/** Connections that serve's user must leave: ingest and its metadata, migrations, and people who look. */
const RESERVED_CONNECTIONS = 10;

function failed(username: string, what: string): WalletError {
  return new WalletError("DATABASE_USERS_FAILED", `The database user "${username}" could not be made or changed: ${what}`, { username });
}

/** A statement with identifiers and literals in it, quoted by the server: role statements take no parameters. */
async function run(sql: Database, template: string, ...values: string[]): Promise<void> {
  const [row] = await sql<{ statement: string }[]>`
    select format(${template}, variadic array(select json_array_elements_text(${JSON.stringify(values)}::text::json))) as statement`;
  await sql.unsafe(row!.statement);
}

/** Most connections of a user at once; -1: the server's own limit. Ingest must get in whatever the API is asked. */
async function connectionLimit(sql: Database, group: GroupRole): Promise<number> {
  if (group === "wallet_ingest") return -1;
  const [row] = await sql<{ most: number }[]>`
    select greatest(1, current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
      - coalesce(current_setting('reserved_connections', true)::integer, 0) - ${RESERVED_CONNECTIONS}::integer) as most`;
  return row!.most;
}

async function ensureUser(sql: Database, { group, username, password }: LoginUser): Promise<void> {
  if (!/^[\x21-\x7e]+$/.test(password))
    throw failed(username, "its password must be printable ASCII without spaces. Generate another one.");
  const [role] = await sql<{ exists: boolean; own: boolean; strong: boolean; member: boolean; other: string | null }[]>`
    select exists (select from pg_roles where rolname = ${username}) as exists,
      ${username} in (current_user, session_user) as own,
      exists (select from pg_roles where rolname = ${username} and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)) as strong,
      exists (select from pg_auth_members where member = to_regrole(quote_ident(${username})) and roleid = to_regrole(${group})) as member,
      (select roleid::regrole::text from pg_auth_members where member = to_regrole(quote_ident(${username}))
         and roleid::regrole::text in ('wallet_ingest', 'wallet_serve') and roleid::regrole::text <> ${group}) as other`;
  if (role!.own || role!.strong)
    throw failed(username, "it is the migrating user or may do more than a function should. Put another user's name into the secret.");
  await run(sql, role!.exists ? "alter role %I login password %L" : "create role %I login password %L", username, scramVerifier(password));
  if (!role!.member) await run(sql, "grant %I to %I", group, username);
  if (role!.other !== null) await run(sql, "revoke %I from %I", role!.other, username);
  await run(sql, "alter role %I connection limit %s", username, String(await connectionLimit(sql, group)));
  await run(sql, "alter role %I reset all", username);
  for (const [name, value] of Object.entries(SETTINGS[group])) await run(sql, "alter role %I set %I = %L", username, name, value);
}

/**
 * Makes the users that the functions log in as, or brings password, membership and settings of existing ones up to date. All or
 * nothing.
 * @param sql a connection of a user who may create roles
 * @throws WalletError DATABASE_USERS_FAILED
 */
export async function ensureLoginUsers(sql: Database, users: readonly LoginUser[]): Promise<void> {
  await transact(sql, async () => {
    for (const user of users) {
      await ensureUser(sql, user).catch((error: unknown) => {
        if (error instanceof WalletError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        const cure = `The migrating user needs CREATEROLE, and ADMIN OPTION on ${user.group} and on a user that others have made.`;
        // Without the cause: the driver hangs the statement, and so the verifier, on its errors.
        // oxlint-disable-next-line preserve-caught-error
        throw failed(user.username, `${reason}. ${cure}`);
      });
    }
  });
}
