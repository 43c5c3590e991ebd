import { asWalletError } from "../../functions/ingest/invocation/as-wallet-error.ts";
import { refusePooler } from "../../functions/shared/database/pooler.ts";
import { connectDatabase } from "../../functions/shared/database/session.ts";
import { redactUrl } from "../../functions/shared/redact.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { ExitCode, type Arguments, type Command } from "../cli/command.ts";
import { dataDirectory, databaseUrl, ledgers, liveSource, networkPassphrase } from "../cli/options.ts";
import type { Check, Finding, Patient } from "../doctor/check.ts";
import { clock } from "../doctor/clock.ts";
import { databaseVersion } from "../doctor/database-version.ts";
import { extensions } from "../doctor/extensions.ts";
import { network } from "../doctor/network.ts";
import { privileges } from "../doctor/privileges.ts";
import { progress } from "../doctor/progress.ts";
import { protocol } from "../doctor/protocol.ts";
import { schema } from "../doctor/schema.ts";
import { source } from "../doctor/source.ts";
import { findDatabase } from "../runtime/find-database.ts";

const CHECKS: readonly Check[] = [databaseVersion, extensions, schema, privileges, network, clock, source, protocol, progress];

type Result = Finding & { check: string };

function failed(check: string, error: unknown): Result {
  const known = asWalletError(error);
  const code = known instanceof WalletError ? `${known.code}: ` : "";
  return { check, level: "fail", message: `${code}${(known as Error).message}`, advice: "See docs/operations/errors.md." };
}

async function examine(check: Check, patient: Patient): Promise<Result> {
  try {
    return { check: check.name, ...(await check.run(patient)) };
  } catch (error) {
    return failed(check.name, error);
  }
}

/** Configuration and connection first: without them nothing else can be looked at. */
async function examineAll(args: Arguments): Promise<Result[]> {
  const { environment } = args;
  let url: string;
  try {
    url = await findDatabase(args, "ingestDatabaseUrl");
  } catch (error) {
    return [failed("configuration", error)];
  }
  const results: Result[] = [{ check: "configuration", level: "ok", message: redactUrl(url) }];
  const sql = connectDatabase(url, {
    applicationName: "wallet doctor",
    statementTimeout: 15_000,
    lockTimeout: 5_000,
    idleInTransactionTimeout: 30_000,
    idleSessionTimeout: 60_000,
  });
  try {
    const connection = await examine(
      {
        name: "connection",
        run: async () => (await refusePooler(sql), { level: "ok", message: "the database answers, without a pooler in between" }),
      },
      { environment, sql },
    );
    results.push(connection);
    if (connection.level === "fail") return results;
    for (const check of CHECKS) results.push(await examine(check, { environment, sql }));
    return results;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Checks what ingestion needs, and says what to do. */
export const command: Command = {
  summary: "check what ingestion needs, and say what to do",
  description:
    "Configuration, connection, database version, extensions, schema, privileges, network, clock, ledger source, protocol (also of the\ntest network), progress.\nChanges nothing. Exits with 1 when any check fails; warnings do not count.",
  options: { "database-url": databaseUrl, ledgers, ...liveSource, "network-passphrase": networkPassphrase, "data-dir": dataDirectory },
  async run(args) {
    const results = await examineAll(args);
    if (args.json) process.stdout.write(`${JSON.stringify(results)}\n`);
    else
      for (const { check, level, message, advice } of results)
        process.stdout.write(
          `${level.padEnd(4)}  ${check.padEnd(17)} ${message}${advice ? `\n      ${" ".repeat(17)} → ${advice}` : ""}\n`,
        );
    return results.some(({ level }) => level === "fail") ? ExitCode.failure : ExitCode.success;
  },
};
