import { readFileSync } from "node:fs";
import * as ec2 from "aws-cdk-lib/aws-ec2";

const FOLDER = "/opt/wallet-database";
const SCRIPTS = ["common.sh", "volume.sh", "certificates.sh", "cluster.sh", "publish.sh", "metrics.sh", "setup.sh"] as const;

/** Names that the scripts in lib/database/host/ read. */
interface HostSettings {
  AWS_DEFAULT_REGION: string;
  VOLUME_ID: string;
  /** The name that clients connect to and that stands in the server's certificate. */
  HOST_NAME: string;
  /** The private zone in which the machine enters its address. */
  ZONE_ID: string;
  OWNER_SECRET: string;
  INGEST_SECRET: string;
  SERVE_SECRET: string;
  /** TimescaleDB's package repository. */
  PACKAGES: string;
  /** The dimension of the machine's metrics. */
  METRICS_NAME: string;
}

/** Where the machine says that the database runs, or that it does not. */
interface SignalTarget {
  stackName: string;
  logicalId: string;
}

/** What the machine does on its first boot: writes the scripts, runs setup.sh, and tells CloudFormation how it went. */
export function hostUserData(settings: HostSettings, { stackName, logicalId }: SignalTarget): ec2.UserData {
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
  return ec2.UserData.custom(
    [
      "#!/bin/bash",
      "set -uo pipefail",
      "umask 022",
      `mkdir -p ${FOLDER} /etc/wallet-database`,
      ...file("/etc/wallet-database/settings", lines.join("\n")),
      ...SCRIPTS.flatMap((name) => file(`${FOLDER}/${name}`, script(name))),
      `chmod 755 ${FOLDER}/*.sh`,
      `status=FAILURE; ${FOLDER}/setup.sh && status=SUCCESS`,
      `. ${FOLDER}/common.sh`,
      `aws cloudformation signal-resource --stack-name '${stackName}' --logical-resource-id '${logicalId}' --unique-id "$(describe instance-id)" --status "$status"`,
    ].join("\n"),
  );
}

function file(path: string, content: string): string[] {
  return [`cat >${path} <<'WALLET_EOF'`, content.trimEnd(), "WALLET_EOF"];
}

/** User data may have 16 KB, so comments stay in the repository. */
function script(name: string): string {
  return readFileSync(new URL(`host/${name}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line, at) => at === 0 || !/^\s*#(?!!)/.test(line))
    .join("\n");
}
