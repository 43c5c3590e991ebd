import { Duration, Lazy, RemovalPolicy, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as destinations from "aws-cdk-lib/aws-lambda-destinations";
import * as scheduler from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Config } from "./config.ts";
import { allowReading, databaseEnvironment, type DatabaseAccess } from "./database/access.ts";
import { BundledFunction } from "./functions/bundled-function.ts";
import { allowReadingLake, ledgerEnvironment } from "./ledger-source.ts";
import { wildcardFinding } from "./wildcard-finding.ts";

/** Lambda's longest: a catch-up goes on until its time is up. */
const TIMEOUT = Duration.minutes(15);

/**
 * The ingest function and its schedule. Nothing is tried again by AWS: the next minute is the retry, and the lock in the
 * database keeps overlapping invocations apart. What could not be started or failed is left in a queue to be looked at.
 */
export class Ingest extends Construct {
  readonly function: BundledFunction<"ingest">;
  readonly schedule: scheduler.Schedule;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, config: Config, access: DatabaseAccess) {
    super(scope, id);
    const { environment, memory, reservedConcurrency } = config.ingest;
    this.deadLetters = new sqs.Queue(this, "DeadLetters", {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(4),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.function = new BundledFunction(this, "Function", {
      source: "ingest",
      description: "Writes every ledger that has closed; once a minute",
      memory,
      timeout: TIMEOUT,
      environment: {
        ...databaseEnvironment(access.ingestSecret, access),
        ...ledgerEnvironment(config),
        ...environment,
        LOG_LEVEL: config.logLevel,
        // Another build tries a ledger at once that the one before has backed off from.
        CODE_VERSION: Lazy.string({ produce: () => this.function.bundleHash }),
      },
      network: access.network,
      logRetentionDays: config.logRetentionDays,
      reservedConcurrency,
      failures: "The failure destination of asynchronous invocations is a queue, which knows the error as well.",
    });
    this.function.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      onFailure: new destinations.SqsDestination(this.deadLetters),
    });
    allowReading(this.function, access.ingestSecret);
    allowReadingLake(this.function.role as iam.Role, config);
    const role = new iam.Role(this, "ScheduleRole", { assumedBy: new iam.ServicePrincipal("scheduler.amazonaws.com") });
    this.schedule = new scheduler.Schedule(this, "Schedule", {
      description: "Starts ingestion every minute",
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(1)),
      timeWindow: scheduler.TimeWindow.off(),
      target: new LambdaInvoke(this.function, {
        role,
        retryAttempts: 0,
        maxEventAge: Duration.seconds(60),
        deadLetterQueue: this.deadLetters,
      }),
    });
    const itself = "It is a dead-letter queue itself.";
    Validations.of(this.deadLetters).acknowledge(
      { id: "AwsSolutions-SQS3", reason: itself },
      { id: "Serverless-SQSRedrivePolicy", reason: itself },
    );
    Validations.of(role).acknowledge({
      id: wildcardFinding(role, `${this.function.functionArn}:*`),
      reason: "Versions of this one function.",
    });
  }
}
