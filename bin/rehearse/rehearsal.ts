import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WalletError } from "../../functions/shared/errors.ts";
import type { Cleanup } from "../runtime/cleanup.ts";
import { ApiChecks } from "./check-answers.ts";
import type { FunctionName } from "../../lib/functions/environment.ts";
import type { CloudAssembly, DescribedFunction } from "./cloud-assembly.ts";
import { deploymentEvent, scheduledEvent } from "./events.ts";
import type { Expectations } from "./expectations.ts";
import { type FunctionReport, reportOf } from "./report.ts";
import { describe, ExecutionEnvironment } from "./execution-environment.ts";
import { createClient } from "./signed-request.ts";
import type { Stage } from "./stage.ts";

interface RehearsalOptions {
  assembly: CloudAssembly;
  stage: Stage;
  passphrase: string;
  expected: Expectations;
  cleanup: Cleanup;
  /** Told of each step when it is done. */
  onStep: (text: string) => void;
}

/** An execution environment reads a refused secret again at most this often; milliseconds. */
const RENEW_PAUSE_MS = 10_000;

interface MigrateResult {
  applied: string[];
  version: number;
  users: string[];
  databaseIsNewer: boolean;
}

/** Plays a deployment, a schedule and its clients on the packaged functions. Every step throws when it does not go as it must. */
export class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #environments: ExecutionEnvironment[] = [];
  readonly #client = createClient();
  readonly #firstMs = new Map<ExecutionEnvironment, number>();
  /** When the functions have read their secrets, milliseconds since 1970. */
  #secretsReadAt = 0;

  constructor(options: RehearsalOptions) {
    this.#options = options;
  }

  /** @returns a report a function @throws WalletError REHEARSAL_FAILED */
  async run(): Promise<FunctionReport[]> {
    const { stage, expected, onStep } = this.#options;
    const migrate = await this.#open("migrate");
    const version = await this.#deploy(migrate);
    onStep(`migrate: schema ${version}${stage.makesUsers ? ", users of ingest and serve made" : ""}`);

    const ingest = await this.#open("ingest");
    const seconds = await this.#ingestChain(ingest);
    onStep(`ingest: ${expected.ledgers} ledgers in ${seconds.toFixed(1)} s; a second invocation finds nothing to do`);

    const serve = await this.#open("serve");
    this.#secretsReadAt = Date.now();
    const api = new ApiChecks(serve, this.#client);
    await this.#ask(api);
    this.#firstMs.set(serve, api.durations[0]!);
    onStep(`serve: ${api.durations.length} signed queries answered as the ledgers say, unsigned and forged ones refused`);

    await this.#rotate(migrate, ingest, api);
    onStep("rotation: new passwords reach warm functions without a deployment");
    await this.#fail();
    onStep("failure: a migration that cannot log in fails the deployment with code and cure");
    await this.#rollBack(version);
    onStep("rollback: an older migrate bundle succeeds with a warning, and changes nothing");
    if (stage.makesUsers) {
      await this.#refuseWrites();
      onStep("privileges: serve's user cannot write");
    } else onStep("not rehearsed: that serve cannot write (the migration makes no users here, and all functions logged in as the owner)");

    this.#checkConnections();
    onStep("connections: serve to the database alone, ingest to the database and its ledgers (and both to Lambda and Secrets Manager)");
    this.#checkLogs();
    onStep("logs: no password in any line");
    onStep(`runtime client: ${this.#environments[0]!.clientName}`);
    const writable = this.#environments.some(({ isReadOnly }) => !isReadOnly);
    if (writable) onStep("not rehearsed here: that the function's folder cannot be written (root, and `nobody` cannot reach Node)");
    return this.#environments
      .filter(({ described }) => described.asset === stage.describe(described.name).asset)
      .filter(({ described }, at, all) => all.findIndex((other) => other.described.name === described.name) === at)
      .map((environment) => reportOf(environment, this.#firstMs.get(environment)!));
  }

  /** A cold start with the template's variables; `localVariables` says which must differ on this machine. */
  async #open(name: FunctionName, described: DescribedFunction = this.#options.stage.describe(name)): Promise<ExecutionEnvironment> {
    const { stage, passphrase, expected, cleanup } = this.#options;
    const local = { passphrase, firstLedger: expected.first, lake: stage.lake, clientKey: this.#client.address };
    const parts = { variables: stage.variables(name, local), credentials: stage.credentials, secretsUrl: stage.secrets.url };
    const environment = await ExecutionEnvironment.start(described, parts);
    cleanup.add(() => environment.stop());
    this.#environments.push(environment);
    return environment;
  }

  async #deploy(migrate: ExecutionEnvironment): Promise<number> {
    const { answer, duration } = await migrate.call(deploymentEvent());
    const { applied, version, users } = answer as MigrateResult;
    if (applied.length === 0 || users.length !== (this.#options.stage.makesUsers ? 2 : 0))
      throw migrate.failure(`answered ${JSON.stringify(answer)} to an empty database`);
    this.#firstMs.set(migrate, duration);
    return version;
  }

  async #ingestChain(ingest: ExecutionEnvironment): Promise<number> {
    const { assembly, expected } = this.#options;
    const first = await ingest.call(scheduledEvent(assembly));
    this.#firstMs.set(ingest, first.duration);
    this.#expectSummary(ingest, first.answer, { outcome: "drained", from: expected.first, to: expected.last, ledgers: expected.ledgers });
    await this.#ingestNothing(ingest);
    return first.duration / 1000;
  }

  async #ingestNothing(ingest: ExecutionEnvironment): Promise<void> {
    const { answer } = await ingest.call(scheduledEvent(this.#options.assembly));
    this.#expectSummary(ingest, answer, { outcome: "drained", from: null, to: null, ledgers: 0 });
  }

  #expectSummary(ingest: ExecutionEnvironment, answer: unknown, expected: Record<string, unknown>): void {
    const summary = answer as Record<string, unknown>;
    for (const [name, value] of Object.entries(expected))
      if (summary[name] !== value) throw ingest.failure(`answered ${JSON.stringify(answer)}, not ${name} ${String(value)}`);
  }

  async #ask(api: ApiChecks): Promise<void> {
    const { expected } = this.#options;
    await api.transactions(expected.transactions);
    await api.account(expected.busiest);
    await api.health(expected.last);
    await api.refusals();
  }

  /** New passwords in the secrets and, by the migration, in the database; the functions stay warm and learn of it by being refused. */
  async #rotate(migrate: ExecutionEnvironment, ingest: ExecutionEnvironment, api: ApiChecks): Promise<void> {
    const { stage, expected } = this.#options;
    await sleep(Math.max(0, this.#secretsReadAt + RENEW_PAUSE_MS - Date.now()));
    await stage.rotate();
    await migrate.call(deploymentEvent());
    await stage.admin`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${stage.serveUser}`;
    await this.#ingestNothing(ingest);
    await api.account(expected.busiest);
  }

  async #fail(): Promise<void> {
    const { stage } = this.#options;
    stage.spoilOwner();
    const migrate = await this.#open("migrate");
    const { outcome } = await migrate.invoke(deploymentEvent());
    if (!("error" in outcome) || !/^DATABASE_UNREACHABLE: .*Check /.test(outcome.error.errorMessage))
      throw migrate.failure(`did not fail as it must with a wrong password: ${describe(outcome)}`);
    stage.restoreOwner();
  }

  /** The migrate function without its newest migration: what CloudFormation calls when it rolls a deployment back. */
  async #rollBack(version: number): Promise<void> {
    const { stage, cleanup } = this.#options;
    const described = stage.describe("migrate");
    const asset = mkdtempSync(join(tmpdir(), "wallet-rehearse-older-"));
    cleanup.add(async () => rmSync(asset, { recursive: true, force: true }));
    cpSync(described.asset, asset, { recursive: true });
    const newest = String(version).padStart(4, "0");
    const removed = readdirSync(asset, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.includes(`${newest}-`) && name.endsWith(".sql"),
    );
    if (removed.length === 0)
      throw new WalletError("REHEARSAL_FAILED", `The migrate asset has no migration ${newest}, although it applied it.`);
    for (const name of removed) rmSync(join(asset, name));
    const older = await this.#open("migrate", { ...described, asset });
    const { answer } = await older.call(deploymentEvent());
    const { applied, databaseIsNewer, version: left } = answer as MigrateResult;
    if (!databaseIsNewer || applied.length > 0 || left !== version || !older.log.some((line) => line.includes("DATABASE_NEWER")))
      throw older.failure(`answered ${JSON.stringify(answer)} to a newer database`);
  }

  async #refuseWrites(): Promise<void> {
    const { admin, serveUser } = this.#options.stage;
    const [row] = await admin<{ writable: number }[]>`
      select count(*)::int as writable from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and has_table_privilege(${serveUser}, c.oid, 'insert, update, delete, truncate')`;
    if (row!.writable > 0) throw new WalletError("REHEARSAL_FAILED", `serve's user may write ${row!.writable} tables.`);
  }

  #checkConnections(): void {
    const { stage } = this.#options;
    for (const environment of this.#environments) {
      const { name } = environment.described;
      const allowed = [environment.runtimeApi, new URL(stage.secrets.url).host, stage.database];
      if (name === "ingest") allowed.push(new URL(stage.lake.url).host);
      const others = [...environment.connections].filter((target) => !allowed.includes(target));
      if (others.length > 0)
        throw new WalletError(
          "REHEARSAL_FAILED",
          `The ${name} function connected to ${others.join(", ")}. It may connect to ${allowed.join(", ")} alone.`,
        );
      if (!environment.connections.has(stage.database))
        throw environment.failure("was not seen to connect to the database: the record of connections is broken");
    }
  }

  #checkLogs(): void {
    const { passwords } = this.#options.stage;
    for (const environment of this.#environments)
      for (const line of environment.log)
        if (passwords.some((password) => line.includes(password)))
          throw new WalletError("REHEARSAL_FAILED", `The ${environment.described.name} function logs a password.`);
  }
}
