import { createPublicKey, hash as digest, verify } from "node:crypto";
import type { Address } from "../../shared/xdr/address.ts";
import { scAddressAt } from "../../shared/xdr/addresses.ts";
import { bytesAt } from "../ledger/ledger.ts";
import { elements, int64, sameWords, type Words } from "../../shared/xdr/words.ts";
import {
  readInvokeHostFunctionOp,
  readSorobanAddressCredentials,
  readSorobanAddressCredentialsWithDelegates,
  readSorobanAuthorizationEntry,
  ScValType,
  skipScAddress,
  skipScVal,
  skipSorobanAuthorizationEntry,
  skipSorobanAuthorizedInvocation,
} from "../../shared/xdr/xdr.generated.ts";
import type { CallEffects } from "./call-effects.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { mapAt, symbolAt, vectorAt } from "./sc-values.ts";

/** Arms of SorobanCredentials. */
const SOURCE_ACCOUNT = 0;
const WITH_DELEGATES = 3;
const ACCOUNT_ADDRESS = 0;
/** The XDR union arm `ENVELOPE_TYPE_SOROBAN_AUTHORIZATION_WITH_ADDRESS`. */
const AUTHORIZATION_WITH_ADDRESS = Uint8Array.of(0, 0, 0, 10);
/** What comes before the 32 bytes of an Ed25519 key in DER (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
/** Signatures that the protocol reads of an account (CAP-46-11). */
const MAX_SIGNATURES = 20;
/** Signatures of delegates that are verified for one operation: each costs more than all else that indexing an operation does. */
const MAX_VERIFIED = 16;

/** Offsets of the credentials and the root invocation of an InvokeHostFunction operation's authorisation entries. */
export function authorizations(x: Words, op: LedgerOperation): { credentials: number; rootInvocation: number }[] {
  const { auth } = readInvokeHostFunctionOp(x, op.body);
  return elements(x, auth, skipSorobanAuthorizationEntry).map((p) => readSorobanAuthorizationEntry(x, p));
}

/**
 * Who authorised a contract call, in the order of its authorisation entries: the addresses whose nonce it consumed, each followed by those
 * of its delegates who signed. An entry alone proves nothing, since nobody verifies what is not used; nor do credentials of the source
 * account, which name nobody else.
 */
export function authorizers(context: LedgerContext, op: LedgerOperation, nonces: CallEffects["nonces"]): Address[] {
  const found: Address[] = [];
  if (nonces.size === 0) return found;
  const { x } = context;
  let verified = 0;
  for (const { credentials, rootInvocation } of authorizations(x, op)) {
    if (x[credentials] === SOURCE_ACCOUNT) continue;
    // All other arms begin with SorobanAddressCredentials.
    const { address, nonce } = readSorobanAddressCredentials(x, credentials + 1);
    const authorizer = scAddressAt(x, address);
    if (!nonces.get(authorizer)?.has(int64(x, nonce))) continue;
    found.push(authorizer);
    if (x[credentials] !== WITH_DELEGATES) continue;
    let payload: Buffer | null = null;
    for (const { key, signature } of accountSignatures(x, credentials + 1)) {
      if (verified++ === MAX_VERIFIED) return found;
      payload ??= signaturePayload(context, credentials + 1, rootInvocation);
      if (isSigned(context, payload, key, signature)) found.push(scAddressAt(x, key - 2));
    }
  }
  return found;
}

/**
 * The signatures of delegates that are accounts, by the accounts' own keys: offsets of the 32 bytes of the key in the delegate's address
 * and of the 64 bytes of the signature. Depth first.
 *
 * Who else signs for an account is in its entry, which a ledger need not hold; so an account whose other signers alone signed is left out.
 * @param p offset of the SorobanAddressCredentialsWithDelegates
 */
function* accountSignatures(x: Words, p: number): Generator<{ key: number; signature: number }> {
  const { delegates } = readSorobanAddressCredentialsWithDelegates(x, p);
  let at = delegates + 1;
  for (let left = x[delegates]! >>> 0; left > 0; left--) {
    const address = at;
    const value = skipScAddress(x, address);
    if (x[address] === ACCOUNT_ADDRESS) {
      const signature = signatureBy(x, value, address + 2);
      if (signature !== 0) yield { key: address + 2, signature };
    }
    at = skipScVal(x, value);
    left += x[at++]! >>> 0;
  }
}

/** Offset of the signature by a key in the value at `p`, the vector of `{ public_key, signature }` that the protocol expects of an account; 0 without it. */
function signatureBy(x: Words, p: number, key: number): number {
  const signatures = vectorAt(x, p);
  if (!signatures || signatures.length > MAX_SIGNATURES) return 0;
  for (const at of signatures) {
    const members = mapAt(x, at);
    if (members?.length !== 2) return 0;
    const [publicKey, signature] = members;
    if (symbolAt(x, publicKey!.key) !== "public_key" || symbolAt(x, signature!.key) !== "signature") return 0;
    if (!isBytes(x, publicKey!.val, 32) || !isBytes(x, signature!.val, 64)) return 0;
    if (sameWords(x, publicKey!.val + 2, key, 8)) return signature!.val + 2;
  }
  return 0;
}

function isBytes(x: Words, p: number, length: number): boolean {
  return x[p] === ScValType.scvBytes && x[p + 1] === length;
}

/**
 * What the address of credentials and all its delegates sign (CAP-71-1): SHA-256 of a HashIDPreimage of network, nonce, expiration, address
 * and invocation.
 */
function signaturePayload({ x, ledger, networkId }: LedgerContext, credentials: number, invocation: number): Buffer {
  const { address, nonce } = readSorobanAddressCredentials(x, credentials);
  const preimage = Buffer.concat([
    AUTHORIZATION_WITH_ADDRESS,
    networkId,
    // The expiration ledger stands behind the nonce, in both.
    bytesAt(ledger.bytes, nonce, 3),
    bytesAt(ledger.bytes, address, nonce - address),
    bytesAt(ledger.bytes, invocation, skipSorobanAuthorizedInvocation(x, invocation) - invocation),
  ]);
  return digest("sha256", preimage, "buffer");
}

function isSigned({ ledger: { bytes } }: LedgerContext, payload: Buffer, key: number, signature: number): boolean {
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytesAt(bytes, key, 8)]), format: "der", type: "spki" });
  return verify(null, payload, publicKey, bytesAt(bytes, signature, 16));
}
