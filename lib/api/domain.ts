import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as route53 from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";
import type { DomainConfig } from "../config/domain.ts";

export function certificateOf(scope: Construct, { certificateArn }: DomainConfig): acm.ICertificate {
  return acm.Certificate.fromCertificateArn(scope, "Certificate", certificateArn);
}

/** The DNS records of an API's domain, where its hosted zone is known: IPv4 and IPv6. */
export function aliasRecord(scope: Construct, { name, hostedZone }: DomainConfig, target: { name: string; hostedZoneId: string }): void {
  if (hostedZone === null) return;
  const zone = route53.HostedZone.fromHostedZoneAttributes(scope, "Zone", { hostedZoneId: hostedZone.id, zoneName: hostedZone.name });
  const alias = { bind: () => ({ dnsName: target.name, hostedZoneId: target.hostedZoneId }) };
  new route53.ARecord(scope, "Alias", { zone, recordName: `${name}.`, target: route53.RecordTarget.fromAlias(alias) });
  new route53.AaaaRecord(scope, "AliasIpv6", { zone, recordName: `${name}.`, target: route53.RecordTarget.fromAlias(alias) });
}
