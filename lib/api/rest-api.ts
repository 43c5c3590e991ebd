import { Duration, Stack, Validations } from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { ApiConfig } from "../config.ts";
import type { DomainConfig } from "../config/domain.ts";
import { accessLogs } from "./access-logs.ts";
import { aliasRecord, certificateOf } from "./domain.ts";
import type { PublicApi } from "./public-api.ts";
import { webAcl } from "./web-acl.ts";

interface RestApiProps {
  handler: lambda.IFunction;
  config: ApiConfig;
  domain: DomainConfig;
  logRetentionDays: number;
}

/**
 * The API behind a web ACL, which an HTTP API cannot have. Only its own domain is open: the stage's name stands in every other
 * address, and clients sign paths without it.
 */
export class RestApi extends Construct implements PublicApi {
  readonly url: string;
  readonly #api: apigateway.RestApi;

  constructor(scope: Construct, id: string, { handler, config, domain, logRetentionDays }: RestApiProps) {
    super(scope, id);
    const { corsOrigins, rateLimit, burstLimit } = config;
    this.#api = new apigateway.RestApi(this, "Api", {
      description: `GraphQL of ${Stack.of(this).stackName}, with a web ACL`,
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      disableExecuteApiEndpoint: true,
      cloudWatchRole: true,
      deployOptions: {
        stageName: "live",
        throttlingRateLimit: rateLimit,
        throttlingBurstLimit: burstLimit,
        metricsEnabled: true,
        tracingEnabled: true,
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLogs(this, logRetentionDays)),
        accessLogFormat: apigateway.AccessLogFormat.jsonWithStandardFields({
          caller: false,
          user: false,
          ip: true,
          httpMethod: true,
          protocol: true,
          requestTime: true,
          resourcePath: true,
          responseLength: true,
          status: true,
        }),
      },
      ...(corsOrigins.length === 0
        ? {}
        : {
            defaultCorsPreflightOptions: {
              allowOrigins: corsOrigins,
              allowMethods: ["GET", "POST", "OPTIONS"],
              allowHeaders: ["authorization", "content-type"],
              maxAge: Duration.hours(1),
            },
          }),
    });
    const integration = new apigateway.LambdaIntegration(handler, { proxy: true, allowTestInvoke: false });
    const graphql = this.#api.root.addResource("graphql");
    for (const resource of [graphql, graphql.addResource("{proxy+}"), this.#api.root.addResource("health")])
      resource.addMethod("ANY", integration);
    const domainName = this.#api.addDomainName("Domain", {
      domainName: domain.name,
      certificate: certificateOf(this, domain),
      endpointType: apigateway.EndpointType.REGIONAL,
      securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
    });
    aliasRecord(this, domain, { name: domainName.domainNameAliasDomainName, hostedZoneId: domainName.domainNameAliasHostedZoneId });
    webAcl(this, "WebAcl", this.#api.deploymentStage.stageArn, rateLimit);
    this.url = `https://${domain.name}`;
    this.#acknowledge();
  }

  requests(period: Duration): cloudwatch.Metric {
    return this.#metric("Count", period, "SampleCount");
  }

  clientErrors(period: Duration): cloudwatch.Metric {
    return this.#metric("4XXError", period, "Sum");
  }

  serverErrors(period: Duration): cloudwatch.Metric {
    return this.#metric("5XXError", period, "Sum");
  }

  latency(period: Duration, statistic: string): cloudwatch.Metric {
    return this.#metric("Latency", period, statistic);
  }

  #metric(metricName: string, period: Duration, statistic: string): cloudwatch.Metric {
    const dimensionsMap = { ApiName: this.#api.restApiName, Stage: this.#api.deploymentStage.stageName };
    return new cloudwatch.Metric({ namespace: "AWS/ApiGateway", metricName, dimensionsMap, period, statistic });
  }

  #acknowledge(): void {
    const authentication =
      "The function itself authenticates: clients sign each request's method, path and body with an Ed25519 key, which no authorizer of API Gateway sees. Health is public.";
    Validations.of(this.#api).acknowledge(
      { id: "AwsSolutions-APIG4", reason: authentication },
      { id: "AwsSolutions-COG4", reason: authentication },
      {
        id: "AwsSolutions-APIG2",
        reason: "The function validates: GraphQL's schema says what is valid, and its errors are those of the API's specification.",
      },
      {
        id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
        reason: "API Gateway's one role an account and region for writing logs, as its documentation wants it.",
      },
    );
  }
}
