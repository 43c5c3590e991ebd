import { Address } from "@stellar/stellar-sdk";
import type * as xdr from "@stellar/stellar-sdk/xdr";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import type { GoldenRow } from "../fixtures/golden-ledgers.ts";
import type { Side } from "./unified-events.ts";

/*
 * Events in the shape of SEP-41, read with the SDK: a second witness of what contracts tell. It shares nothing with the indexer.
 */

/** What one event tells. Addresses are strkeys; a muxed one stands for its account. */
export interface ToldEvent {
  contract: string;
  /** Does the reference implementation read it too, of a contract that it takes for a token? It knows no maps but those of transfers and mints. */
  isPeers: boolean;
  /** The rows in their order, without ids. */
  rows: GoldenRow[];
  /** The same without the ids that are no numbers, which the reference implementation passes over. */
  peerRows: GoldenRow[];
  /** Who takes part: accounts and contracts. */
  parties: string[];
  sides: Side[];
}

interface Party {
  address: string;
  /** Of a muxed address. */
  id: string | null;
}

function partyOf(topic: xdr.ScVal): Party | null {
  if (topic.type !== "scvAddress") return null;
  const { address } = topic;
  if (address.type !== "scAddressTypeMuxedAccount") return { address: Address.fromScAddress(address).toString(), id: null };
  const { ed25519, id } = address.value;
  return { address: encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.account), ed25519.toXdr()])), id: String(id) };
}

const isHolder = ({ address }: Party): boolean => address.startsWith("G") || address.startsWith("C");

function i128(value: xdr.ScVal | undefined): string | null {
  return value?.type === "scvI128" ? String((value.i128.hi << 64n) | value.i128.lo) : null;
}

/** The plain body's parts, or the members of a map by symbol. */
function bodyOf(data: xdr.ScVal): { isMap: boolean; parts: xdr.ScVal[]; members: Map<string, xdr.ScVal> } {
  const members = new Map<string, xdr.ScVal>();
  if (data.type === "scvMap") for (const { key, val } of data.map ?? []) if (key.type === "scvSymbol") members.set(String(key.sym), val);
  return { isMap: data.type === "scvMap", parts: data.type === "scvVec" ? [...(data.vec ?? [])] : [], members };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** An id of up to 64 bytes: members of the receiver's row. */
function idOf(value: xdr.ScVal | undefined, muxed: string | null): { number: string | null; keyValue: GoldenRow | null } {
  if (value?.type === "scvU64") return { number: String(value.u64), keyValue: null };
  if (value?.type === "scvString" || value?.type === "scvBytes") {
    const raw = Buffer.from(value.toXdr());
    const bytes = raw.subarray(8, 8 + raw.readUInt32BE(4));
    if (bytes.length > 0 && bytes.length <= 64) {
      if (value.type === "scvBytes") return { number: null, keyValue: { to_bytes: bytes.toString("hex") } };
      try {
        const text = utf8.decode(bytes);
        if (!text.includes("\0")) return { number: null, keyValue: { to_text: text } };
      } catch {
        // No UTF-8.
      }
    }
  }
  return { number: muxed, keyValue: null };
}

/** How many addresses stand behind an event's name, an administrator among them or not. */
const ADDRESSES: ReadonlyMap<string, readonly number[]> = new Map([
  ["transfer", [2]],
  ["mint", [1, 2]],
  ["burn", [1]],
  ["clawback", [1, 2]],
  ["approve", [2]],
]);

/** What an event tells; null: it is in no such shape. */
export function toldBy({ type, contractId, body }: xdr.ContractEvent): ToldEvent | null {
  const { topics, data } = body.v0;
  const [first, ...others] = topics;
  if (type.name !== "contract" || contractId === null || first?.type !== "scvSymbol") return null;
  const name = String(first.sym);
  const parties = others.map(partyOf);
  if (!ADDRESSES.get(name)?.includes(others.length) || parties.includes(null)) return null;
  const [left, right] = parties as Party[];
  const contract = encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.contract), contractId.toXdr()]));
  const { isMap, parts, members } = bodyOf(data);
  if (name === "approve") return approval(contract, left!, right!, isMap ? null : parts, members);
  const amount = i128(isMap ? members.get("amount") : data);
  if (amount === null) return null;
  const base = { category: "BALANCE", amount, token_id: contract };
  const last = (parties as Party[]).at(-1)!;
  const { number, keyValue } = idOf(members.get("to_muxed_id"), last.id);
  const received = { ...(number !== null && { to_muxed_id: number }) };
  const receivedHere = { ...received, ...(keyValue && { key_value: keyValue }) };
  const [from, to] = name === "transfer" ? [left!, last] : name === "mint" ? [null, last] : [last, null];
  const build = (extra: GoldenRow): GoldenRow[] => [
    ...(from && isHolder(from) ? [{ ...base, reason: to ? "DEBIT" : "BURN", account_id: from.address }] : []),
    ...(to && isHolder(to) ? [{ ...base, reason: from ? "CREDIT" : "MINT", account_id: to.address, ...extra }] : []),
  ];
  const sides: Side[] = [];
  const side = { token: contract, amount };
  if (from && isHolder(from)) sides.push({ ...side, direction: "out", account: from.address, counterparty: to?.address ?? null });
  if (to && isHolder(to)) sides.push({ ...side, direction: "in", account: to.address, counterparty: from?.address ?? null });
  return {
    contract,
    isPeers: !isMap || name === "transfer" || name === "mint",
    rows: build(receivedHere),
    peerRows: build(received),
    parties: [from, to].filter((party) => party !== null && isHolder(party)).map((party) => party!.address),
    sides,
  };
}

function approval(
  contract: string,
  owner: Party,
  spender: Party,
  parts: xdr.ScVal[] | null,
  members: ReadonlyMap<string, xdr.ScVal>,
): ToldEvent | null {
  if (parts !== null && parts.length !== 2) return null;
  const [value, until] = parts ?? [members.get("amount"), members.get("live_until_ledger")];
  const amount = i128(value);
  if (amount === null || until?.type !== "scvU32") return null;
  const row = {
    category: "ALLOWANCE",
    reason: "UPDATE",
    account_id: owner.address,
    spender_account_id: spender.address,
    amount,
    token_id: contract,
    key_value: { live_until_ledger: until.u32 },
  };
  const rows = isHolder(owner) ? [row] : [];
  const parties = [owner, spender].filter(isHolder).map(({ address }) => address);
  return { contract, isPeers: parts !== null, rows, peerRows: rows, parties, sides: [] };
}

/** The deposit id of what the event's receiver got, however it is told; null: none. */
export function depositOf(told: ToldEvent): string | null {
  const row = told.rows.at(-1);
  const keyValue = row?.key_value as GoldenRow | undefined;
  return (row?.to_muxed_id ?? keyValue?.to_text ?? keyValue?.to_bytes ?? null) as string | null;
}
