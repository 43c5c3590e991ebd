import type { Address } from "../../shared/xdr/address.ts";
import { decodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import { addressAt, addressFromBytes, scAddressAt } from "../../shared/xdr/addresses.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import { elements, int128, uint64, type Words } from "../../shared/xdr/words.ts";
import { ContractEventType, readContractEvent, readContractEventV0, ScValType, skipScVal } from "../../shared/xdr/xdr.generated.ts";
import type { MovedAsset } from "./assets.ts";
import { move, type Movement } from "./movements.ts";
import { mapAt, symbolAt, textAt } from "./sc-values.ts";

/** A contract event with a symbol first. Offsets are word offsets of ScVals. */
export interface ContractEvent {
  readonly contract: Address;
  readonly name: string;
  readonly topics: readonly number[];
  readonly data: number;
}

/** The `ContractEvent` at `p` if it is of type Contract, has a contract id, a body of version 0 and a symbol as first topic; else null. */
export function contractEventAt(x: Words, p: number): ContractEvent | null {
  const event = readContractEvent(x, p);
  if (event.type !== ContractEventType.contract || x[event.contractId] !== 1 || x[event.body] !== 0) return null;
  const body = readContractEventV0(x, event.body + 1);
  const topics = elements(x, body.topics, skipScVal);
  const name = topics.length > 0 ? symbolAt(x, topics[0]!) : null;
  if (name === null) return null;
  return { contract: addressAt(x, event.contractId + 1, StrkeyVersion.contract), name, topics, data: body.data };
}

/** The address of a topic; null when it is none, or is not there. */
export function addressTopic(x: Words, p: number | undefined): Address | null {
  return p !== undefined && x[p] === ScValType.scvAddress ? scAddressAt(x, p + 1) : null;
}

/**
 * Code and issuer that a Stellar Asset Contract names in an event, proven: the contract id derived from the text must be the
 * emitting contract's. Null also for XLM.
 * @param p offset of the ScVal, expected to be the String `CODE:ISSUER` (CAP-46-6)
 */
export function provenAssetText(x: Words, ids: ContractIds, contract: Address, p: number): { code: string; issuer: string } | null {
  if (x[p] !== ScValType.scvString) return null;
  const [code, issuer, ...more] = textAt(x, p + 1).split(":");
  if (issuer === undefined || more.length > 0 || !/^[A-Za-z0-9]{1,12}$/.test(code!)) return null;
  const bytes = decodeStrkey(issuer);
  if (bytes?.length !== 33 || bytes[0] !== StrkeyVersion.account) return null;
  return ids.fromCodeAndIssuer(code!, addressFromBytes(x, bytes)) === contract ? { code: code!, issuer } : null;
}

/** As provenAssetText, `native` (in any case) included. */
export function provenAsset(x: Words, ids: ContractIds, contract: Address, p: number): MovedAsset | null {
  if (x[p] !== ScValType.scvString) return null;
  if (textAt(x, p + 1).toLowerCase() === "native") return ids.native() === contract ? { issuer: null, contract } : null;
  const asset = provenAssetText(x, ids, contract, p);
  return asset ? { issuer: addressFromBytes(x, decodeStrkey(asset.issuer)!), contract } : null;
}

/** What a token event's data tells. */
interface EventData {
  amount: bigint;
  /** The id of the muxed address that receives, decimal; null: it is none, or of a kind that no muxed address has. */
  toMuxedId: string | null;
}

/** Data of a token event: an i128, or (TransactionMeta V4, CAP-67) a map with `amount` and an optional `to_muxed_id`; null when malformed. */
function dataOf(x: Words, p: number, isV4: boolean): EventData | null {
  if (x[p] === ScValType.scvI128) return { amount: int128(x, p + 1), toMuxedId: null };
  if (!isV4) return null;
  let amount: bigint | null = null;
  let toMuxedId: string | null = null;
  for (const { key, val } of mapAt(x, p) ?? []) {
    const name = symbolAt(x, key);
    if (name === null) return null;
    if (name === "amount") {
      if (x[val] !== ScValType.scvI128) return null;
      amount = int128(x, val + 1);
    } else if (name === "to_muxed_id") {
      const type = x[val];
      if (type !== ScValType.scvU64 && type !== ScValType.scvBytes && type !== ScValType.scvString && type !== ScValType.scvVoid)
        return null;
      // Bytes and strings are memos of the transaction, which has them itself.
      toMuxedId = type === ScValType.scvU64 ? uint64(x, val + 1).toString() : null;
    }
  }
  return amount === null ? null : { amount, toMuxedId };
}

/** Topic counts with the asset as last topic, where an administrator's address comes second (V3) and where it does not (V4). */
const TOPICS = { transfer: { v3: 4, v4: 4 }, mint: { v3: 4, v4: 3 }, clawback: { v3: 4, v4: 3 }, burn: { v3: 3, v4: 3 } } as const;

/**
 * The movement that a Stellar Asset Contract's event tells of, or null when the event is malformed or its contract is not one.
 * @param metaVersion arm of the TransactionMeta, 3 or 4
 */
export function sacMovement(x: Words, ids: ContractIds, event: ContractEvent, metaVersion: number): Movement | null {
  if (!Object.hasOwn(TOPICS, event.name)) return null;
  const name = event.name as keyof typeof TOPICS;
  const isV4 = metaVersion === 4;
  const count = isV4 ? TOPICS[name].v4 : TOPICS[name].v3;
  if (event.topics.length !== count) return null;
  const asset = provenAsset(x, ids, event.contract, event.topics[count - 1]!);
  const data = dataOf(x, event.data, isV4);
  if (!asset || data === null) return null;
  const { amount, toMuxedId } = data;
  const first = addressTopic(x, event.topics[1]);
  if (!first) return null;
  if (name === "transfer") {
    const to = addressTopic(x, event.topics[2]);
    if (!to) return null;
    const from = toAccount(x, first);
    const receiver = toAccount(x, to);
    const id = toMuxedId ?? muxedIdOf(to);
    return isV4 ? { kind: "transfer", asset, from, to: receiver, amount, toMuxedId: id } : move(asset, from, receiver, amount, id);
  }
  if (name === "burn") return { kind: "burn", asset, from: toAccount(x, first), to: null, amount, toMuxedId: null };
  const party = isV4 ? first : addressTopic(x, event.topics[2]);
  if (!party) return null;
  return name === "mint"
    ? { kind: "mint", asset, from: null, to: toAccount(x, party), amount, toMuxedId: toMuxedId ?? muxedIdOf(party) }
    : { kind: "clawback", asset, from: toAccount(x, party), to: null, amount, toMuxedId: null };
}

/** The id of a muxed address, decimal; null when it is none. */
export function muxedIdOf({ bytes }: Address): string | null {
  if (bytes[0] !== StrkeyVersion.muxedAccount) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(33).toString();
}

/** A muxed address stands for its account. */
export function toAccount(x: Words, address: Address): Address {
  if (address.bytes[0] !== StrkeyVersion.muxedAccount) return address;
  const bytes = address.bytes.slice(0, 33);
  bytes[0] = StrkeyVersion.account;
  return addressFromBytes(x, bytes);
}
