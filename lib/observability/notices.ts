import { Stack, Validations } from "aws-cdk-lib";
import * as budgets from "aws-cdk-lib/aws-budgets";
import * as iam from "aws-cdk-lib/aws-iam";
import * as sns from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import type { AlarmConfig } from "../config.ts";

/** The topic that alarms go to: the operator's own, a new one with a subscriber, or none. */
export function alarmTopic(scope: Construct, { topicArn, email }: AlarmConfig): sns.ITopic | null {
  if (topicArn !== null) return sns.Topic.fromTopicArn(scope, "Topic", topicArn);
  if (email === null) return null;
  const topic = new sns.Topic(scope, "Topic", { displayName: Stack.of(scope).stackName, enforceSSL: true });
  topic.addSubscription(new EmailSubscription(email));
  Validations.of(topic).acknowledge({
    id: "Serverless-SNSRedrivePolicy",
    reason: "An e-mail that cannot be delivered is of no use in a queue; the alarm's state stays visible.",
  });
  topic.grantPublish(new iam.ServicePrincipal("cloudwatch.amazonaws.com"));
  return topic;
}

/** Tells when the account's costs of a month are forecast to reach, or have reached, the budget. */
export function costBudget(scope: Construct, { monthlyBudget, email, topicArn }: AlarmConfig): void {
  if (monthlyBudget === null) return;
  const subscribers = [email === null ? { subscriptionType: "SNS", address: topicArn! } : { subscriptionType: "EMAIL", address: email }];
  const notice = (notificationType: "ACTUAL" | "FORECASTED", threshold: number): budgets.CfnBudget.NotificationWithSubscribersProperty => ({
    notification: { notificationType, comparisonOperator: "GREATER_THAN", threshold, thresholdType: "PERCENTAGE" },
    subscribers,
  });
  new budgets.CfnBudget(scope, "Budget", {
    budget: { budgetType: "COST", timeUnit: "MONTHLY", budgetLimit: { amount: monthlyBudget, unit: "USD" } },
    notificationsWithSubscribers: [notice("FORECASTED", 100), notice("ACTUAL", 80)],
  });
}
