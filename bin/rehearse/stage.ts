import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectDatabase, type Database } from "../../functions/shared/database.ts";
import { createServerCertificate } from "../embedded/certificates.ts";
import { startEmbeddedDatabase } from "../embedded/embedded-database.ts";
import type { Cleanup } from "../runtime/cleanup.ts";
import { type CloudAssembly, describeFunction, type DescribedFunction, type FunctionName } from "./cloud-assembly.ts";
import { startLakeServer, type LakeServer } from "./lake-server.ts";
import { resolveValue } from "./resolve-value.ts";
import { type Credentials, type SecretsServer, startSecretsServer } from "./secrets-server.ts";
import { WalletError } from "../../functions/shared/errors.ts";

type User = "owner" | "ingest" | "serve";

/** Stand-ins for what a deployment has around the functions: database, Secrets Manager, and the ledger lake's bucket. */
export interface Stage {
  /** A superuser's connection, for looking at what the functions did. */
  admin: Database;
  /** `host:port` */
  database: string;
  credentials: Credentials;
  secrets: SecretsServer;
  lake: LakeServer;
  /** The passwords of the users, old ones too: none may show anywhere. */
  passwords: string[];
  /** Gives users a new password in their secrets; the database learns of it from the next migration. */
  rotate(...users: User[]): void;
  /** Puts a wrong password into a user's secret. */
  spoil(user: User): void;
  /** Puts the right one back. */
  restore(user: User): void;
  describe(name: FunctionName): DescribedFunction;
  /** The template's variables of a function, resolved. */
  variables(name: FunctionName): Record<string, string>;
}

const OWNER = "wallet_owner";
const BOUNDS = { statementTimeout: 60_000, lockTimeout: 10_000, idleInTransactionTimeout: 0, idleSessionTimeout: 0 };

/** The variables that name secrets, by the function that has them. */
function secretArns(assembly: CloudAssembly): Record<User, string> {
  const { stack, environment } = describeFunction(assembly, "migrate");
  const { DATABASE_SECRET_ARN: owner, INGEST_SECRET_ARN: ingest, SERVE_SECRET_ARN: serve } = environment;
  if (owner === undefined || ingest === undefined || serve === undefined) {
    throw new WalletError(
      "REHEARSAL_FAILED",
      "In this assembly the migration does not make the functions' users, so there is nobody to log in as. Synthesise with -c database=timescale, the default, or rds.",
    );
  }
  const resolve = (value: unknown): string => resolveValue(assembly, stack, value);
  return { owner: resolve(owner), ingest: resolve(ingest), serve: resolve(serve) };
}

/** An owner as RDS makes one: no superuser, but it may create roles, and the database is its own. */
async function createOwner(admin: Database, password: string): Promise<void> {
  await admin.unsafe(`create role ${OWNER} login createrole password '${password}'`);
  await admin.unsafe(`alter database wallet owner to ${OWNER}`);
}

/**
 * Sets everything up, on free ports of the loopback; the database speaks TLS with an authority that only the secrets know.
 * @param lakeDirectory a data lake (SEP-54)
 * @param cleanup is told how to take it down
 */
export async function setStage(assembly: CloudAssembly, lakeDirectory: string, cleanup: Cleanup): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), "wallet-rehearse-database-"));
  cleanup.add(async () => rmSync(directory, { recursive: true, force: true }));
  const certificate = await createServerCertificate(["127.0.0.1"]);
  const server = await startEmbeddedDatabase(directory, { tls: certificate });
  cleanup.add(() => server.stop());
  const admin = connectDatabase(server.url, { applicationName: "wallet rehearse", ...BOUNDS });
  cleanup.add(() => admin.end({ timeout: 1 }));

  const credentials = {
    accessKeyId: "ASIAREHEARSAL",
    secretAccessKey: randomBytes(20).toString("hex"),
    sessionToken: randomBytes(20).toString("hex"),
  };
  const secrets = await startSecretsServer(credentials);
  cleanup.add(() => secrets.close());
  const lake = await startLakeServer(lakeDirectory);
  cleanup.add(() => lake.close());

  const arns = secretArns(assembly);
  const { hostname: host, port } = new URL(server.url);
  const usernames: Record<User, string> = { owner: OWNER, ingest: "ingest_function", serve: "serve_function" };
  const passwords: string[] = [];
  const store = (user: User, password: string): void =>
    secrets.set(
      arns[user],
      JSON.stringify({ username: usernames[user], password, host, port: Number(port), dbname: "wallet", ca: certificate.ca }),
    );
  const current = new Map<User, string>();
  const rotate = (...users: User[]): void => {
    for (const user of users) {
      const password = randomBytes(20).toString("base64url");
      passwords.push(password);
      current.set(user, password);
      store(user, password);
    }
  };
  rotate("owner", "ingest", "serve");
  await createOwner(admin, current.get("owner")!);

  const describe = (name: FunctionName): DescribedFunction => describeFunction(assembly, name);
  return {
    admin,
    database: `${host}:${port}`,
    credentials,
    secrets,
    lake,
    passwords,
    rotate,
    spoil: (user) => store(user, "not-the-password"),
    restore: (user) => store(user, current.get(user)!),
    describe,
    variables(name) {
      const { stack, environment } = describe(name);
      return Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, resolveValue(assembly, stack, value)]));
    },
  };
}
