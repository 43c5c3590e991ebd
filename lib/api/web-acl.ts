import * as wafv2 from "aws-cdk-lib/aws-wafv2";
import type { Construct } from "constructs";

/** Five minutes' worth of the API's whole rate, from one address. */
const WINDOW_SECONDS = 300;

/** AWS's lists of hostile addresses and known attacks, and a limit for each address. */
export function webAcl(scope: Construct, id: string, stageArn: string, rateLimit: number): void {
  const metrics = (metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty => ({
    cloudWatchMetricsEnabled: true,
    sampledRequestsEnabled: true,
    metricName,
  });
  const managed = (name: string, priority: number, counted: string[] = []): wafv2.CfnWebACL.RuleProperty => ({
    name,
    priority,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    visibilityConfig: metrics(name),
  });
  const acl = new wafv2.CfnWebACL(scope, id, {
    scope: "REGIONAL",
    defaultAction: { allow: {} },
    visibilityConfig: metrics("WebAcl"),
    rules: [
      managed("AWSManagedRulesAmazonIpReputationList", 0),
      // GraphQL requests are longer than 8 KB now and then; the function's own limit is 100 KB.
      managed("AWSManagedRulesCommonRuleSet", 1, ["SizeRestrictions_BODY"]),
      {
        name: "RateOfOneAddress",
        priority: 2,
        action: { block: {} },
        statement: {
          rateBasedStatement: {
            aggregateKeyType: "IP",
            limit: Math.max(100, rateLimit * WINDOW_SECONDS),
            evaluationWindowSec: WINDOW_SECONDS,
          },
        },
        visibilityConfig: metrics("RateOfOneAddress"),
      },
    ],
  });
  new wafv2.CfnWebACLAssociation(scope, `${id}Association`, { resourceArn: stageArn, webAclArn: acl.attrArn });
}
