import { refuse, type SettingsReader } from "../settings-reader.ts";

export interface DomainConfig {
  name: string;
  /** A certificate of AWS Certificate Manager in the API's region. */
  certificateArn: string;
  /** Where the alias record is made; null: the operator makes it. */
  hostedZone: { id: string; name: string } | null;
}

/** The API's own domain; null: the address that API Gateway gives. */
export function readDomain(read: SettingsReader): DomainConfig | null {
  const name = read.matching("domainName", /^([a-z0-9-]+\.)+[a-z]{2,}$/, "a host name like wallet.example.org");
  const certificateArn = read.matching(
    "certificateArn",
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
    "the ARN of a certificate of AWS Certificate Manager",
  );
  const zoneId = read.matching("hostedZoneId", /^Z[A-Z0-9]+$/, "the id of a Route 53 hosted zone (Z…)");
  const zoneName = read.matching("hostedZoneName", /^([a-z0-9-]+\.)+[a-z]{2,}$/, "the hosted zone's domain, like example.org");
  if (name === null) {
    if (certificateArn !== null || zoneId !== null || zoneName !== null)
      refuse("certificateArn, hostedZoneId or hostedZoneName is set, but domainName is not. Set domainName as well.");
    return null;
  }
  if (certificateArn === null)
    refuse("domainName is set, but certificateArn is not. Set it to the domain's certificate in the API's region.");
  if ((zoneId === null) !== (zoneName === null))
    refuse("Only one of hostedZoneId and hostedZoneName is set. Set both, or none and make the DNS record yourself.");
  return { name, certificateArn, hostedZone: zoneId === null || zoneName === null ? null : { id: zoneId, name: zoneName } };
}
