import { Duration, Stack, Validations } from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as apigatewayv2 from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { ApiConfig } from "../config.ts";
import type { PublicApi } from "./public-api.ts";
import { accessLogs } from "./access-logs.ts";
import { aliasRecord, certificateOf } from "./domain.ts";

/** What a line of the access log holds. Never a header: tokens are there. */
const ACCESS_LOG_FIELDS = {
  requestId: "$context.requestId",
  time: "$context.requestTime",
  ip: "$context.identity.sourceIp",
  method: "$context.httpMethod",
  path: "$context.path",
  status: "$context.status",
  bytes: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  integrationMs: "$context.integrationLatency",
  integrationError: "$context.integrationErrorMessage",
};

interface HttpApiProps {
  handler: lambda.IFunction;
  config: ApiConfig;
  logRetentionDays: number;
}

/** The API over an HTTP API: stage `$default`, so that the paths that clients sign are the paths that they ask for. */
export class HttpApi extends Construct implements PublicApi {
  readonly url: string;
  readonly #api: apigatewayv2.HttpApi;

  constructor(scope: Construct, id: string, { handler, config, logRetentionDays }: HttpApiProps) {
    super(scope, id);
    const { domain, corsOrigins, rateLimit, burstLimit } = config;
    this.#api = new apigatewayv2.HttpApi(this, "Api", {
      description: `GraphQL of ${Stack.of(this).stackName}`,
      createDefaultStage: false,
      disableExecuteApiEndpoint: domain !== null,
      ...(corsOrigins.length === 0 ? {} : { corsPreflight: corsOf(corsOrigins) }),
    });
    const integration = new HttpLambdaIntegration("Serve", handler, {
      payloadFormatVersion: apigatewayv2.PayloadFormatVersion.VERSION_2_0,
    });
    for (const path of ["/graphql", "/graphql/{proxy+}", "/health"])
      for (const route of this.#api.addRoutes({ path, methods: [apigatewayv2.HttpMethod.ANY], integration })) {
        Validations.of(route).acknowledge({
          id: "AwsSolutions-APIG4",
          reason:
            "The function itself authenticates: clients sign each request's method, path and body with an Ed25519 key, which no authorizer of API Gateway sees. Health is public.",
        });
      }
    const stage = new apigatewayv2.HttpStage(this, "Stage", {
      httpApi: this.#api,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit, burstLimit },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new apigatewayv2.LogGroupLogDestination(accessLogs(this, logRetentionDays)),
        format: apigateway.AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
      },
    });
    if (domain === null) {
      this.url = this.#api.apiEndpoint;
      return;
    }
    const domainName = new apigatewayv2.DomainName(this, "Domain", {
      domainName: domain.name,
      certificate: certificateOf(this, domain),
      securityPolicy: apigatewayv2.SecurityPolicy.TLS_1_2,
    });
    const mapping = new apigatewayv2.ApiMapping(this, "Mapping", { api: this.#api, domainName, stage });
    mapping.node.addDependency(stage);
    aliasRecord(this, domain, { name: domainName.regionalDomainName, hostedZoneId: domainName.regionalHostedZoneId });
    this.url = `https://${domain.name}`;
  }

  requests(period: Duration): cloudwatch.Metric {
    return this.#api.metricCount({ period });
  }

  clientErrors(period: Duration): cloudwatch.Metric {
    return this.#api.metricClientError({ period, statistic: "Sum" });
  }

  serverErrors(period: Duration): cloudwatch.Metric {
    return this.#api.metricServerError({ period, statistic: "Sum" });
  }

  latency(period: Duration, statistic: string): cloudwatch.Metric {
    return this.#api.metricLatency({ period, statistic });
  }
}

function corsOf(origins: string[]): apigatewayv2.CorsPreflightOptions {
  const { GET, POST, OPTIONS } = apigatewayv2.CorsHttpMethod;
  return {
    allowOrigins: origins,
    allowMethods: [GET, POST, OPTIONS],
    allowHeaders: ["authorization", "content-type"],
    exposeHeaders: ["retry-after", "x-request-id"],
    maxAge: Duration.hours(1),
  };
}
