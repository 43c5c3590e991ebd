import { Address, Asset } from "@stellar/stellar-sdk";
import type * as xdr from "@stellar/stellar-sdk/xdr";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";

/*
 * The events of CAP-67, which stellar-core writes for classic operations as well, read with the SDK: a second witness of who moved what to
 * whom. The indexer reads those of contract calls alone.
 */

/** One side of a movement; all texts. */
export interface Side {
  direction: "in" | "out";
  account: string;
  counterparty: string | null;
  token: string;
  amount: string;
}

const contracts = new Map<string, string>();

/** The asset that an event names, if its contract is that asset's: the contract and the issuer. */
function assetOf(contractId: xdr.ContractId | null, topic: xdr.ScVal | undefined, passphrase: string) {
  if (contractId === null || topic?.type !== "scvString") return null;
  // Behind type and length.
  const text = Buffer.from(topic.toXdr());
  const name = text.subarray(8, 8 + text.readUInt32BE(4)).toString("latin1");
  const [code, issuer] = name.split(":");
  const key = `${passphrase} ${name}`;
  let contract = contracts.get(key);
  if (contract === undefined) {
    try {
      contract = (name === "native" ? Asset.native() : new Asset(code!, issuer)).contractId(passphrase);
    } catch {
      contract = "";
    }
    contracts.set(key, contract);
  }
  const emitter = encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.contract), contractId.toXdr()]));
  return contract === emitter ? { contract, issuer: issuer ?? null } : null;
}

/** Amount and `to_muxed_id`; null where the data are not as CAP-67 has them. */
function readData(data: xdr.ScVal): { amount: string; toMuxedId: xdr.ScVal | undefined } | null {
  const members =
    data.type === "scvMap" ? data.value?.map(({ key, val }) => [key.type === "scvSymbol" ? key.value : "", val] as const) : null;
  const byName = new Map<string, xdr.ScVal>(members ?? [["amount", data]]);
  const [value, toMuxedId] = [byName.get("amount"), byName.get("to_muxed_id")];
  if (!["scvU64", "scvString", "scvBytes", "scvVoid", undefined].includes(toMuxedId?.type)) return null;
  return value?.type === "scvI128" ? { amount: String((value.value.hi << 64n) | value.value.lo), toMuxedId } : null;
}

const partyOf = (topic: xdr.ScVal | undefined): string | null =>
  topic?.type === "scvAddress" ? Address.fromScAddress(topic.value).toString() : null;
/** Pools and claimable balances have no rows. */
const hasRows = (party: string): boolean => party.startsWith("G") || party.startsWith("C");

/** What an event says of both sides. */
export function sidesOf({ contractId, body }: xdr.ContractEvent, passphrase: string): Side[] {
  const { topics, data } = body.v0;
  const asset = assetOf(contractId, topics.at(-1), passphrase);
  const amount = readData(data)?.amount;
  const name = topics[0]?.type === "scvSymbol" ? topics[0].value : "";
  if (asset === null || amount === undefined || topics.length !== (name === "transfer" ? 4 : 3)) return [];
  const [first, second] = [partyOf(topics[1]), partyOf(topics[2])];
  const sides: [from: string | null, to: string | null] | null =
    name === "transfer"
      ? [first, second]
      : name === "mint"
        ? [asset.issuer, first]
        : name === "burn" || name === "clawback"
          ? [first, asset.issuer]
          : null;
  if (sides === null) return [];
  const [from, to] = sides;
  const row = { token: asset.contract, amount };
  const found: Side[] = [];
  if (from !== null && hasRows(from)) found.push({ ...row, direction: "out", account: from, counterparty: to });
  if (to !== null && hasRows(to)) found.push({ ...row, direction: "in", account: to, counterparty: from });
  return found;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** An event's `to_muxed_id`: an id in decimal, a text where it is UTF-8 and not empty, bytes in hex. */
export function muxedIdOf({ body }: xdr.ContractEvent): string | null {
  const id = readData(body.v0.data)?.toMuxedId;
  if (id?.type === "scvU64") return String(id.value);
  if (id?.type !== "scvString" && id?.type !== "scvBytes") return null;
  const xdrBytes = Buffer.from(id.toXdr());
  const bytes = xdrBytes.subarray(8, 8 + xdrBytes.readUInt32BE(4));
  if (id.type === "scvBytes") return bytes.toString("hex");
  try {
    return utf8.decode(bytes) || null;
  } catch {
    return null;
  }
}
