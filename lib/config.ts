import { readDatabase, type DatabaseConfig } from "./config/database.ts";
import { readDomain, type DomainConfig } from "./config/domain.ts";
import { readLedgers, type LedgersConfig } from "./config/ledgers.ts";
import { refuse, type SettingSources, SettingsReader } from "./settings-reader.ts";

/** Days that CloudWatch offers. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] as const;

export interface IngestConfig {
  /** Follow the tip until this second of the invocation; 0: drain and exit. */
  tailSeconds: number;
  /** First ledger of an empty database; null: the newest. */
  startLedger: number | null;
  /** History older than this is dropped; 0: kept for good. */
  retentionDays: number;
  /** On TimescaleDB chunks of this age are compressed, days; null: as ingest does by itself; 0: never. */
  compressAfterDays: number | null;
  /** The same of state changes. */
  compressStateChangesAfterDays: number | null;
  memory: number;
  /** Null in accounts whose limit leaves nothing to reserve. */
  reservedConcurrency: number | null;
}

export interface ServeConfig {
  memory: number;
  reservedConcurrency: number | null;
  /** `G…` keys whose owners may ask; none: anybody may. */
  publicKeys: string[];
  complexityLimit: number;
  /** Longest statement, seconds. */
  statementTimeout: number;
  introspection: boolean;
}

export interface ApiConfig {
  /** Requests a second, and at once. */
  rateLimit: number;
  burstLimit: number;
  /** Origins of browsers; none: the function answers any origin itself. */
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
  logLevel: "DEBUG" | "INFO" | "WARN" | "ERROR";
}

/**
 * Reads and checks every setting once.
 * @throws SettingError with a sentence that says what to set
 */
export function readConfig(sources: SettingSources): Config {
  const read = new SettingsReader(sources);
  const ledgers = readLedgers(read);
  const config: Config = {
    name: read.matching("name", /^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and dashes, at most 31") ?? "stellar-wallet",
    account: sources.environment.CDK_DEFAULT_ACCOUNT,
    region: sources.environment.CDK_DEFAULT_REGION,
    ledgers,
    database: readDatabase(read, ledgers),
    ingest: {
      tailSeconds: read.number("ingestTailSeconds", 50, 0, 840),
      startLedger: read.number("startLedger", null, 2, 4_294_967_295),
      retentionDays: read.number("retentionDays", 0, 0, 36_500),
      compressAfterDays: read.number("compressAfterDays", null, 0, 36_500),
      compressStateChangesAfterDays: read.number("compressStateChangesAfterDays", null, 0, 36_500),
      memory: read.number("ingestMemory", 512, 256, 10_240),
      reservedConcurrency: read.number("ingestReservedConcurrency", null, 2, 10),
    },
    serve: {
      memory: read.number("serveMemory", 1769, 256, 10_240),
      reservedConcurrency: read.number("serveReservedConcurrency", null, 1, 10_000),
      publicKeys: read.list("clientAuthPublicKeys", /^G[A-Z2-7]{55}$/, "Stellar public keys (G…, 56 characters)"),
      complexityLimit: read.number("graphqlComplexityLimit", 10_000, 1, 10_000_000),
      statementTimeout: read.number("serveStatementTimeout", 25, 1, 25),
      introspection: read.flag("graphqlIntrospection", false),
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
    logRetentionDays: Number(read.oneOf("logRetentionDays", RETENTION_DAYS.map(String), "30")),
    logLevel: read.oneOf("logLevel", ["DEBUG", "INFO", "WARN", "ERROR"], "INFO"),
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
