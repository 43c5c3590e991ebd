import { refuse, type SettingsReader } from "../settings-reader.ts";
import { type LedgersConfig, SECRET_ARN, SECRET_ARN_WANTED } from "./ledgers.ts";

/** A database of one's own: Tiger Cloud, or any PostgreSQL that the internet (with TLS) can reach. */
export interface ExternalDatabase {
  mode: "external";
  /** Secrets with `url`, or `host`, `port`, `dbname`, `username` and `password`. The owner's: direct, for migrations. */
  ownerSecretArn: string;
  /** Ingest's: direct. The advisory lock does not live through a pooler. */
  ingestSecretArn: string;
  /** Serve's: may go through a pooler. */
  serveSecretArn: string;
  /** Let the migration make ingest's and serve's users with the names and passwords in their secrets. */
  makesUsers: boolean;
}

/** What the two modes with a network of their own share. */
interface OwnNetwork {
  cidr: string;
  /** A machine that carries IPv4 traffic out, where something must be reached that speaks no IPv6. */
  natInstance: boolean;
  /** Gigabytes. */
  storage: number;
  backupDays: number;
  /** A snapshot that a new volume or instance begins with; null: an empty one. */
  snapshot: string | null;
}

/** TimescaleDB on one Graviton machine of one's own. */
export interface TimescaleDatabase extends OwnNetwork {
  mode: "timescale";
  instanceType: string;
}

/** PostgreSQL managed by RDS, which does not offer TimescaleDB. */
export interface RdsDatabase extends OwnNetwork {
  mode: "rds";
  instanceType: string;
  /** Storage grows by itself up to this, gigabytes. */
  maximumStorage: number;
  multiAz: boolean;
}

export type DatabaseConfig = ExternalDatabase | TimescaleDatabase | RdsDatabase;

/** Families of AWS Graviton. */
const GRAVITON = /^([cmrtx]\d+g[a-z]*|im4gn|is4gen|i4g|i8g)\.\w+$/;

export function readDatabase(read: SettingsReader, ledgers: LedgersConfig): DatabaseConfig {
  const mode = read.oneOf("database", ["timescale", "external", "rds"], "timescale");
  const secrets = readSecrets(read);
  // Every setting is read in every mode, so that one that belongs to another mode is known, and can be named.
  const network = {
    cidr:
      read.matching("vpcCidr", /^(10|172|192)\.\d{1,3}\.\d{1,3}\.0\/(1[6-9]|2[0-2])$/, "a private IPv4 block of /16 to /22") ??
      "10.64.0.0/20",
    natInstance: read.flag("natInstance", mode === "timescale" || ledgers.rpcUrl !== null || ledgers.rpcUrlSecretArn !== null),
    storage: read.number("databaseStorage", 100, 20, 16_384),
    backupDays: read.number("databaseBackupDays", 7, 1, 35),
    snapshot: read.matching("databaseSnapshot", /^[a-z][\w:-]+$/i, "the id of a volume's snapshot (snap-…) or the name of one of RDS"),
  };
  const instanceType = read.matching("databaseInstanceType", GRAVITON, "a Graviton instance type, like t4g.medium or m7g.large");
  const maximumStorage = read.number("databaseMaximumStorage", network.storage * 4, network.storage, 65_536);
  const multiAz = read.flag("databaseMultiAz", false);
  const makesUsers = read.flag("databaseMakesUsers", mode !== "external");
  if (mode === "external") {
    if (secrets.owner === null)
      refuse(
        'database is external, but databaseSecretArn is not set. Put the database\'s URL into a secret ({"url": "postgres://…"}) and set databaseSecretArn to its ARN.',
      );
    if (makesUsers && (secrets.ingest === null || secrets.serve === null))
      refuse(
        "databaseMakesUsers is true, but ingestSecretArn or serveSecretArn is not set. Put the users' names and passwords into two secrets and set both.",
      );
    return {
      mode,
      ownerSecretArn: secrets.owner,
      ingestSecretArn: secrets.ingest ?? secrets.owner,
      serveSecretArn: secrets.serve ?? secrets.owner,
      makesUsers,
    };
  }
  if (secrets.owner !== null || secrets.ingest !== null || secrets.serve !== null)
    refuse(
      `database is ${mode}, which makes its own secrets. Unset databaseSecretArn, ingestSecretArn and serveSecretArn, or set database to external.`,
    );
  if (!makesUsers) refuse(`databaseMakesUsers is false, but database is ${mode}, where only the migration can make them. Unset it.`);
  if (mode === "timescale" && network.snapshot !== null && !network.snapshot.startsWith("snap-"))
    refuse(`databaseSnapshot is "${network.snapshot}". Set it to the id of a volume's snapshot: snap-….`);
  if (mode === "timescale" && !network.natInstance)
    refuse(
      "natInstance is false, but the database's machine needs it to fetch its packages. Set it to true, or database to rds or external.",
    );
  if (mode === "timescale") return { mode, ...network, instanceType: instanceType ?? "t4g.medium" };
  return { mode, ...network, instanceType: instanceType ?? "t4g.medium", maximumStorage, multiAz };
}

function readSecrets(read: SettingsReader): { owner: string | null; ingest: string | null; serve: string | null } {
  const arn = (name: string): string | null => read.matching(name, SECRET_ARN, SECRET_ARN_WANTED);
  return { owner: arn("databaseSecretArn"), ingest: arn("ingestSecretArn"), serve: arn("serveSecretArn") };
}
