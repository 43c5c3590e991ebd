import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { Charset, NodejsFunction, OutputFormat, SourceMapMode } from "aws-cdk-lib/aws-lambda-nodejs";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { BUNDLING } from "./bundling-options.ts";
import { environmentOf, type FunctionEnvironment, type FunctionName } from "./environment.ts";
import { functionRole } from "./role.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The runtime brings the SDK; GraphiQL is for the local server alone. */
const NOT_BUNDLED = ["@aws-sdk/*", "@smithy/*", "@graphql-yoga/render-graphiql"];

/** Where functions run when they have a network of their own. */
export interface FunctionNetwork {
  vpc: ec2.IVpc;
  subnets: ec2.SubnetSelection;
  securityGroup: ec2.ISecurityGroup;
}

interface BundledFunctionProps<Name extends FunctionName> {
  source: Name;
  description: string;
  memory: number;
  timeout: Duration;
  environment: FunctionEnvironment<Name>;
  network: FunctionNetwork | null;
  logRetentionDays: number;
  reservedConcurrency?: number | null;
  /** Where failed invocations are seen. */
  failures: string;
  /** Put migrations/ beside the bundle. */
  withMigrations?: boolean;
}

/** One of the project's functions: one ESM file by esbuild for Node 24 on Graviton, its own role and log group, traced. */
export class BundledFunction<Name extends FunctionName = FunctionName> extends NodejsFunction {
  /** Twelve digits that change with the bundle. */
  readonly bundleHash: string;

  constructor(scope: Construct, id: string, props: BundledFunctionProps<Name>) {
    const { source, network, reservedConcurrency } = props;
    const logGroup = new logs.LogGroup(scope, `${id}Logs`, {
      retention: props.logRetentionDays as logs.RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      description: props.description,
      entry: `${root}functions/${source}/index.ts`,
      projectRoot: root,
      depsLockFilePath: `${root}package-lock.json`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memory,
      timeout: props.timeout,
      tracing: lambda.Tracing.ACTIVE,
      role: functionRole(scope, `${id}Role`, { logGroup, inVpc: network !== null }),
      logGroup,
      ...(reservedConcurrency == null ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
      ...(network === null
        ? {}
        : { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [network.securityGroup], ipv6AllowedForDualStack: true }),
      environment: { NODE_OPTIONS: "--enable-source-maps", ...environmentOf(props.environment) },
      awsSdkConnectionReuse: false,
      bundling: {
        format: OutputFormat.ESM,
        mainFields: BUNDLING.mainFields,
        target: BUNDLING.target,
        minify: BUNDLING.minify,
        sourceMap: true,
        sourceMapMode: SourceMapMode.DEFAULT,
        sourcesContent: false,
        banner: BUNDLING.banner,
        externalModules: NOT_BUNDLED,
        esbuildArgs: { [`--alias:${BUNDLING.fetchAlias.package}`]: `./node_modules/${BUNDLING.fetchAlias.file}` },
        charset: Charset.UTF8,
        commandHooks: {
          beforeBundling: () => [],
          beforeInstall: () => [],
          afterBundling: (input, output) => (props.withMigrations === true ? [copyMigrations(input, output)] : []),
        },
      },
    });
    const { s3Key } = (this.node.defaultChild as lambda.CfnFunction).code as lambda.CfnFunction.CodeProperty;
    this.bundleHash = /^[0-9a-f]{12}/.exec(s3Key ?? "")?.[0] ?? fail(`the asset of ${source} has no hash in its name: ${s3Key}`);
    Validations.of(this).acknowledge({ id: "Serverless-LambdaDLQ", reason: props.failures });
  }
}

function fail(message: string): never {
  throw new Error(message);
}

/** Times and owners of the files do not count in an asset's hash; their order, names and bytes do. */
function copyMigrations(input: string, output: string): string {
  if (!existsSync(`${root}migrations`)) throw new Error("migrations/ is missing");
  return `cp -R "${input}/migrations" "${output}/migrations"`;
}
