// Before @peculiar/x509, whose dependency injection needs it.
// oxlint-disable-next-line import/no-unassigned-import
import "reflect-metadata";
import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

/** An authority and a certificate of a server, all PEM. */
export interface ServerCertificate {
  /** What clients must trust. */
  ca: string;
  certificate: string;
  privateKey: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const LIFETIME_MS = 7 * 86_400_000;

/** A new authority and a certificate by it for the given names and addresses, good for a week. */
export async function createServerCertificate(hosts: string[]): Promise<ServerCertificate> {
  const make = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const [authority, server] = await Promise.all([make(), make()]);
  const common = {
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + LIFETIME_MS),
    signingAlgorithm: ALGORITHM,
  };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    serialNumber: randomBytes(8).toString("hex"),
    name: "CN=wallet local authority",
    keys: authority,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: randomBytes(8).toString("hex"),
    subject: `CN=${hosts[0]}`,
    issuer: ca.subject,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) === 0 ? ("dns" as const) : ("ip" as const), value: host })),
      ),
    ],
  });
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", server.privateKey)).toString("base64");
  return {
    ca: ca.toString("pem"),
    certificate: certificate.toString("pem"),
    privateKey: `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`,
  };
}
