import { Fn, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Config } from "./config.ts";
import type { DatabaseAccess } from "./database/access.ts";
import { RdsPostgres } from "./database/rds.ts";
import { TimescaleHost } from "./database/timescale-host.ts";
import { ledgerPorts } from "./ledger-source.ts";
import { Network } from "./network.ts";

interface DataStackProps extends StackProps {
  config: Config;
}

/** What must outlive every deployment: network, database, secrets. It cannot be deleted by accident, and what it stores stays. */
export class DataStack extends Stack {
  readonly access: DatabaseAccess;

  constructor(scope: Construct, id: string, { config, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const { database } = config;
    if (database.mode === "external") throw new Error("an external database needs no data stack");
    const network = new Network(this, "Network", database);
    network.allowOut(443, "AWS and ledger sources");
    for (const port of ledgerPorts(config)) network.allowOut(port, "Ledger source");
    this.access =
      database.mode === "rds"
        ? new RdsPostgres(this, "Database", database, network).access
        : new TimescaleHost(this, "Database", database, network).access;
  }

  /**
   * CloudFormation names the zones when it deploys. With an account and a region the CDK would ask AWS for them: synthesis would need
   * credentials, and its outcome hang on whose they are.
   */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }
}
