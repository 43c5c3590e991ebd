import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectDatabase, type Database } from "../../functions/shared/database/session.ts";
import type { FunctionName } from "../../lib/functions/environment.ts";
import { createServerCertificate } from "../embedded/certificates.ts";
import { startEmbeddedDatabase } from "../embedded/embedded-database.ts";
import type { Cleanup } from "../runtime/cleanup.ts";
import { type CloudAssembly, describeFunction, type DescribedFunction } from "./cloud-assembly.ts";
import { startLakeServer, type LakeServer } from "./lake-server.ts";
import { type LocalParts, localVariables } from "./local-variables.ts";
import { resolveValue } from "./resolve-value.ts";
import { type Credentials, type SecretsServer, startSecretsServer } from "./secrets-server.ts";

const USERS = ["owner", "ingest", "serve"] as const;
type User = (typeof USERS)[number];

/** Stand-ins for what a deployment has around the functions: database, Secrets Manager, and the ledger lake's bucket. */
export interface Stage {
  /** A superuser's connection, for looking at what the functions did. */
  admin: Database;
  /** `host:port` */
  database: string;
  credentials: Credentials;
  secrets: SecretsServer;
  lake: LakeServer;
  /** Does the migration make users for ingest and serve? If not, the secrets are the operator's, and here all hold the owner's login. */
  makesUsers: boolean;
  /** Whom serve logs in as. */
  serveUser: string;
  /** The passwords of the users, old ones too: none may show anywhere. */
  passwords: string[];
  /**
   * New passwords in the secrets that ingest and serve read. The database learns of them from the next migration; where that makes
   * no users it knows them at once, as the operator would have told it.
   */
  rotate(): Promise<void>;
  /** Puts a wrong password into the owner's secret. */
  spoilOwner(): void;
  /** Puts the right one back. */
  restoreOwner(): void;
  describe(name: FunctionName): DescribedFunction;
  /** The template's variables of a function, resolved, with what must differ on this machine. */
  variables(name: FunctionName, local: LocalParts): Record<string, string>;
}

const OWNER = "wallet_owner";
const BOUNDS = { statementTimeout: 60_000, lockTimeout: 10_000, idleInTransactionTimeout: 0, idleSessionTimeout: 0 };

/** The secret that each function logs in with; migrate is the owner. */
function secretArns(assembly: CloudAssembly): Record<User, string> {
  const arnOf = (name: FunctionName): string => {
    const { stack, environment } = describeFunction(assembly, name);
    return resolveValue(assembly, stack, environment.DATABASE_SECRET_ARN);
  };
  return { owner: arnOf("migrate"), ingest: arnOf("ingest"), serve: arnOf("serve") };
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
  const { stack, environment: ofIngest } = describeFunction(assembly, "ingest");
  const { DATASTORE_BUCKET_PATH: bucketPath = "rehearsal/ledgers" } = ofIngest;
  const lake = await startLakeServer(lakeDirectory, resolveValue(assembly, stack, bucketPath));
  cleanup.add(() => lake.close());

  const arns = secretArns(assembly);
  const { environment } = describeFunction(assembly, "migrate");
  const makesUsers = environment.INGEST_SECRET_ARN !== undefined && environment.SERVE_SECRET_ARN !== undefined;
  const { hostname: host, port } = new URL(server.url);
  const usernames: Record<User, string> = makesUsers
    ? { owner: OWNER, ingest: "ingest_function", serve: "serve_function" }
    : { owner: OWNER, ingest: OWNER, serve: OWNER };
  const passwords: string[] = [];
  const store = (user: User, password: string): void =>
    secrets.set(
      arns[user],
      JSON.stringify({ username: usernames[user], password, host, port: Number(port), dbname: "wallet", ca: certificate.ca }),
    );
  /** By username. */
  const current = new Map<string, string>();
  const renew = (...users: User[]): void => {
    for (const username of new Set(users.map((user) => usernames[user]))) {
      const password = randomBytes(20).toString("base64url");
      passwords.push(password);
      current.set(username, password);
    }
    for (const user of USERS) store(user, current.get(usernames[user])!);
  };
  renew(...USERS);
  await createOwner(admin, current.get(OWNER)!);

  const describe = (name: FunctionName): DescribedFunction => describeFunction(assembly, name);
  return {
    admin,
    database: `${host}:${port}`,
    credentials,
    secrets,
    lake,
    makesUsers,
    serveUser: usernames.serve,
    passwords,
    async rotate() {
      renew("ingest", "serve");
      if (!makesUsers) await admin.unsafe(`alter role ${OWNER} password '${current.get(OWNER)!}'`);
    },
    spoilOwner: () => store("owner", "not-the-password"),
    restoreOwner: () => store("owner", current.get(OWNER)!),
    describe,
    variables(name, local) {
      const { stack, environment } = describe(name);
      return localVariables(name, environment, local, (value) => resolveValue(assembly, stack, value));
    },
  };
}
