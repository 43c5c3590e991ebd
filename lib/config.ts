import { LOG_LEVELS, LOG_VARIABLES, type LogLevel } from "../functions/shared/environment.ts";
import { readDatabase, type DatabaseConfig } from "./config/database.ts";
import { readDomain, type DomainConfig } from "./config/domain.ts";
import { readLedgers, type LedgersConfig } from "./config/ledgers.ts";
import { INGEST_MEMORY } from "../functions/ingest/environment.ts";
import { FUNCTION_VARIABLES, type FunctionEnvironment } from "./functions/environment.ts";
import { refuse, type SettingSources, SettingsReader, type Stricter } from "./settings-reader.ts";

/** Days that CloudWatch offers. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] as const;

/** The schedule starts an invocation every minute: following the tip for 50 s leaves time to stop before the next start. The function alone drains and exits. */
const DEPLOYED_TAIL_SECONDS = 50;

/** Lambda ends an invocation after 15 minutes; the last one is left for the ledger that is being written. */
const WITHIN_TIMEOUT: Stricter<number> = { accepts: (seconds) => seconds <= 840, wanted: "a whole number from 0 to 840" };

const PUBLIC_KEYS: Stricter<readonly string[]> = {
  accepts: (keys) => keys.every((key) => /^G[A-Z2-7]{55}$/.test(key)),
  wanted: "Stellar public keys (G…, 56 characters), separated by commas",
};

/** A slip should end synthesis, where the function would go on at INFO. */
const KNOWN_LEVEL: Stricter<LogLevel> = {
  accepts: (_level, text) => (LOG_LEVELS as readonly string[]).includes(text),
  wanted: `one of: ${LOG_LEVELS.join(", ")}`,
};

interface IngestConfig {
  /** What the operator sets of the function's own variables. */
  environment: Pick<
    FunctionEnvironment<"ingest">,
    | "INGEST_TAIL_SECONDS"
    | "START_LEDGER"
    | "RETENTION_DAYS"
    | "COMPRESS_AFTER_DAYS"
    | "STORE_SIGNATURES"
    | "MAX_LEDGER_MEGABYTES"
    | "NEWER_PROTOCOL"
  >;
  memory: number;
  /** Null in accounts whose limit leaves nothing to reserve. */
  reservedConcurrency: number | null;
}

interface ServeConfig {
  /** What the operator sets of the function's own variables. */
  environment: Pick<
    FunctionEnvironment<"serve">,
    "CLIENT_AUTH_PUBLIC_KEYS" | "GRAPHQL_COMPLEXITY_LIMIT" | "DB_STATEMENT_TIMEOUT_SECONDS" | "GRAPHQL_INTROSPECTION_ENABLED"
  >;
  memory: number;
  reservedConcurrency: number | null;
}

export interface ApiConfig {
  /** Requests a second, and at once. */
  rateLimit: number;
  burstLimit: number;
  /** Origins of browsers; none: the function lets any origin in. */
  corsOrigins: string[];
  domain: DomainConfig | null;
  /** REST API with a web ACL instead of the HTTP API. */
  waf: boolean;
}

export interface AlarmConfig {
  /** An existing topic, or null. */
  topicArn: string | null;
  /** A new topic's subscriber, or null. */
  email: string | null;
  /** USD a month; null: no budget. */
  monthlyBudget: number | null;
  /** Where the runbooks can be read; alarms link to them. */
  runbookUrl: string;
}

/** Everything that a deployment can be told. */
export interface Config {
  /** Names the stacks: `NAME-data` and `NAME-service`. */
  name: string;
  account: string | undefined;
  region: string | undefined;
  database: DatabaseConfig;
  ledgers: LedgersConfig;
  ingest: IngestConfig;
  serve: ServeConfig;
  api: ApiConfig;
  alarms: AlarmConfig;
  logRetentionDays: number;
  logLevel: LogLevel;
}

/**
 * Reads and checks every setting once.
 * @throws SettingError with a sentence that says what to set
 */
export function readConfig(sources: SettingSources): Config {
  const read = new SettingsReader(sources);
  const { ingest, serve } = FUNCTION_VARIABLES;
  const ledgers = readLedgers(read);
  const config: Config = {
    name: read.matching("name", /^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and dashes, at most 31") ?? "stellar-wallet",
    account: sources.environment.CDK_DEFAULT_ACCOUNT,
    region: sources.environment.CDK_DEFAULT_REGION,
    ledgers,
    database: readDatabase(read, ledgers),
    ingest: {
      environment: {
        INGEST_TAIL_SECONDS: read.variable(ingest, "INGEST_TAIL_SECONDS", WITHIN_TIMEOUT) ?? DEPLOYED_TAIL_SECONDS,
        START_LEDGER: read.variable(ingest, "START_LEDGER"),
        RETENTION_DAYS: read.variable(ingest, "RETENTION_DAYS") ?? ingest.RETENTION_DAYS.default,
        COMPRESS_AFTER_DAYS: read.variable(ingest, "COMPRESS_AFTER_DAYS"),
        STORE_SIGNATURES: read.variable(ingest, "STORE_SIGNATURES"),
        MAX_LEDGER_MEGABYTES: read.variable(ingest, "MAX_LEDGER_MEGABYTES"),
        NEWER_PROTOCOL: read.variable(ingest, "NEWER_PROTOCOL"),
      },
      memory: read.number("ingestMemory", INGEST_MEMORY, 256, 10_240),
      reservedConcurrency: read.number("ingestReservedConcurrency", null, 2, 10),
    },
    serve: {
      environment: {
        CLIENT_AUTH_PUBLIC_KEYS: read.variable(serve, "CLIENT_AUTH_PUBLIC_KEYS", PUBLIC_KEYS),
        GRAPHQL_COMPLEXITY_LIMIT: read.variable(serve, "GRAPHQL_COMPLEXITY_LIMIT") ?? serve.GRAPHQL_COMPLEXITY_LIMIT.default,
        DB_STATEMENT_TIMEOUT_SECONDS: read.variable(serve, "DB_STATEMENT_TIMEOUT_SECONDS") ?? serve.DB_STATEMENT_TIMEOUT_SECONDS.default,
        GRAPHQL_INTROSPECTION_ENABLED: read.variable(serve, "GRAPHQL_INTROSPECTION_ENABLED") ?? serve.GRAPHQL_INTROSPECTION_ENABLED.default,
      },
      memory: read.number("serveMemory", 1769, 256, 10_240),
      reservedConcurrency: read.number("serveReservedConcurrency", null, 1, 10_000),
    },
    api: {
      rateLimit: read.number("apiRateLimit", 50, 1, 10_000),
      burstLimit: read.number("apiBurstLimit", 100, 1, 5_000),
      corsOrigins: read.list("corsOrigins", /^(\*|https?:\/\/[^\s/]+)$/, "origins like https://wallet.example"),
      domain: readDomain(read),
      waf: read.flag("waf", false),
    },
    alarms: {
      topicArn: read.matching("alarmTopicArn", /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$/, "the ARN of an SNS topic"),
      email: read.matching("alarmEmail", /^[^@\s]+@[^@\s]+\.[^@\s]+$/, "an e-mail address"),
      monthlyBudget: read.number("monthlyBudget", null, 1, 1_000_000),
      runbookUrl: read.matching("runbookUrl", /^(https:\/\/\S+|docs\/operations)$/, "an https URL") ?? "docs/operations",
    },
    logRetentionDays: Number(read.oneOf("logRetentionDays", LOG_RETENTION_DAYS.map(String), "30")),
    logLevel: read.variable(LOG_VARIABLES, "LOG_LEVEL", KNOWN_LEVEL) ?? LOG_VARIABLES.LOG_LEVEL.default,
  };
  read.refuseUnknown();
  refuseContradictions(config);
  return config;
}

function refuseContradictions({ alarms, api }: Config): void {
  if (alarms.topicArn !== null && alarms.email !== null)
    refuse("alarmTopicArn and alarmEmail are both set. Set only one: an existing topic, or an address for a new one.");
  if (alarms.monthlyBudget !== null && alarms.topicArn === null && alarms.email === null)
    refuse("monthlyBudget is set, but nobody would hear of it. Set alarmEmail or alarmTopicArn as well.");
  if (api.waf && api.domain === null)
    refuse(
      "waf is true, but domainName is not set. A REST API puts its stage before every path, which breaks signed requests: set domainName and certificateArn as well.",
    );
}
