import { hash as digest } from "node:crypto";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { addressAt } from "../../shared/xdr/addresses.ts";
import { elements } from "../../shared/xdr/words.ts";
import {
  ContractDataDurability,
  LedgerEntryType,
  readContractDataEntry,
  readScMapEntry,
  readTtlEntry,
  ScValType,
  skipScMapEntry,
  skipScVal,
} from "../../shared/xdr/xdr.generated.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { accountOf, appliedEvents } from "./contract-events.ts";
import type { EntryStates } from "./entry-states.ts";
import { scValue } from "./sc-value.ts";
import type { Problem } from "./verify-ledger.ts";

const BURNT = "burnt";

/** Bytes of numbers that are token ids; one type more has a sign. */
const WIDTHS: ReadonlyMap<number, number> = new Map([
  [ScValType.scvU32, 4],
  [ScValType.scvU64, 8],
  [ScValType.scvU128, 16],
  [ScValType.scvU256, 32],
  [ScValType.scvI128, 16],
]);

/**
 * NFTs against the ledger: every row is what the entry of the token's owner says after the ledger or, without one, the last event of it, and
 * no token that the ledger tells of is without a row; ranges are those of the events, but for those that overlap.
 */
export function nftProblems(rows: LedgerRows, ledger: Ledger, states: readonly EntryStates[]): Problem[] {
  const problems: Problem[] = [];
  const check = (name: string, key: string, expected: string | null, found: string | null): void => {
    if (expected !== found) problems.push({ ledger: rows.header.sequence, check: name, key, expected, found });
  };
  const { moved, ranges } = byEvents(ledger);
  const stored = byEntries(ledger, states);
  const found = new Map(rows.nfts.map((row) => [`${row.contract.text}/${row.tokenId}`, textOf(row)]));
  for (const key of new Set([...moved.keys(), ...stored.keys(), ...found.keys()])) {
    const row = found.get(key) ?? null;
    const entries = stored.get(key);
    // Keys of different types may name one number; then it is one of them.
    if (entries !== undefined && row !== null && entries.includes(row)) continue;
    check("nfts", key, entries?.[0] ?? moved.get(key) ?? null, row);
  }
  const rangeText = (r: LedgerRows["nftRanges"][number]): string => `${r.contract.text}/${r.firstId}-${r.lastId} ${r.owner.text}`;
  check("nft_ranges", "", ranges.sort().join(), rows.nftRanges.map(rangeText).sort().join());
  return problems;
}

function textOf({ owner, isStored, keyHash, liveUntilLedger }: LedgerRows["nfts"][number]): string {
  const entry = keyHash === null ? "" : ` ${Buffer.from(keyHash).toString("hex")} until ${liveUntilLedger ?? "as it was"}`;
  return `${owner?.text ?? BURNT} ${isStored ? "stored" : "by events"}${entry}`;
}

/** The number that the ScVal at `p` is, as decimal text; null when it is none of a token. */
function idAt({ x, bytes }: Ledger, p: number): string | null {
  const width = WIDTHS.get(x[p]!);
  if (width === undefined) return null;
  const hex = Buffer.from(bytesAt(bytes, p + 1, width / 4)).toString("hex");
  return x[p] === ScValType.scvI128 && hex >= "8" ? null : String(BigInt(`0x${hex}`));
}

/** By contract and token, what the entries of owners that the ledger changed say. */
function byEntries(ledger: Ledger, states: readonly EntryStates[]): Map<string, string[]> {
  const { x, bytes } = ledger;
  const ttls = new Map<string, number>();
  for (const { type, changed, last, keyStart } of states)
    if (type === LedgerEntryType.ttl && changed && last !== 0)
      ttls.set(Buffer.from(bytesAt(bytes, keyStart, 8)).toString("hex"), readTtlEntry(x, last + 2).liveUntilLedgerSeq);
  const found = new Map<string, string[]>();
  for (const { type, changed, last, lastSeen, keyStart, keyEnd } of states) {
    if (type !== LedgerEntryType.contractData || !changed || lastSeen === 0) continue;
    const { contract, key, durability, val } = readContractDataEntry(x, (last || lastSeen) + 2);
    if (durability !== ContractDataDurability.persistent || x[contract] !== 1 || x[key] !== ScValType.scvVec || x[key + 1] !== 1) continue;
    const [name, id, ...more] = elements(x, key + 2, skipScVal);
    if (name === undefined || id === undefined || more.length > 0 || scValue(ledger, name) !== "symbol Owner") continue;
    const tokenId = idAt(ledger, id);
    const owner = accountOf(scValue(ledger, val));
    if (tokenId === null || owner === null) continue;
    const hash = digest("sha256", Buffer.concat([Buffer.of(0, 0, 0, type), bytesAt(bytes, keyStart, keyEnd - keyStart)]), "hex");
    const text = last === 0 ? `${BURNT} stored` : `${owner} stored ${hash} until ${ttls.get(hash) ?? "as it was"}`;
    const token = `${addressAt(x, contract + 1, StrkeyVersion.contract).text}/${tokenId}`;
    found.set(token, [...(found.get(token) ?? []), text]);
  }
  return found;
}

/** What the events say: by contract and token, whose it is; and the ranges. */
function byEvents(ledger: Ledger): { moved: Map<string, string>; ranges: string[] } {
  const { x } = ledger;
  const moved = new Map<string, string>();
  const minted = new Map<string, { first: bigint; last: bigint; owner: string }[]>();
  for (const { contract, topics, dataAt: data } of appliedEvents(ledger).flatMap(({ events }) => events)) {
    const [name, ...others] = topics;
    const parties = others.map(accountOf);
    if (parties.includes(null)) continue;
    const shape = `${String(name)} ${parties.length}`;
    if (shape === "symbol consecutive_mint 1") {
      const [first, last] = idsIn(ledger, data, ["from_token_id", "to_token_id"]) ?? [];
      if (first === undefined || last === undefined || last < first || last - first > 999_999n) continue;
      const range = { first, last, owner: parties[0]! };
      const ranges = minted.get(contract);
      if (ranges) ranges.push(range);
      else minted.set(contract, [range]);
    } else if (["symbol transfer 2", "symbol mint 1", "symbol burn 1"].includes(shape)) {
      // A plain i128 is an amount.
      const id = x[data] === ScValType.scvI128 ? null : (idAt(ledger, data) ?? idsIn(ledger, data, ["token_id"])?.[0]);
      if (id === null || id === undefined) continue;
      moved.set(`${contract}/${id}`, `${shape.startsWith("symbol burn") ? BURNT : parties.at(-1)} by events`);
    }
  }
  return { moved, ranges: [...minted].flatMap(([contract, ranges]) => apart(ranges).map((range) => `${contract}/${range}`)) };
}

/** Of ranges that overlap the one that begins first, of those that begin together the earliest. */
function apart(ranges: readonly { first: bigint; last: bigint; owner: string }[]): string[] {
  const kept: string[] = [];
  const sorted = ranges
    .map((range, at) => ({ ...range, at }))
    .sort((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)) || a.at - b.at);
  let free = 0n;
  for (const { first, last, owner } of sorted) {
    if (first < free) continue;
    free = last + 1n;
    kept.push(`${first}-${last} ${owner}`);
  }
  return kept;
}

/** The numbers that a body holds: a vector of them, or a map's members of these names. Null: something else. */
function idsIn(ledger: Ledger, data: number, names: readonly string[]): bigint[] | null {
  const { x } = ledger;
  if (x[data + 1] !== 1) return null;
  let values: (number | undefined)[] = [];
  if (x[data] === ScValType.scvVec) values = elements(x, data + 2, skipScVal);
  else if (x[data] === ScValType.scvMap) {
    const members = new Map(
      elements(x, data + 2, skipScMapEntry).map((p) => {
        const { key, val } = readScMapEntry(x, p);
        return [String(scValue(ledger, key)), val] as const;
      }),
    );
    if (members.has("symbol amount")) return null;
    values = names.map((name) => members.get(`symbol ${name}`));
  }
  const ids = values.map((p) => (p === undefined ? null : idAt(ledger, p)));
  return values.length === names.length && !ids.includes(null) ? ids.map((id) => BigInt(id!)) : null;
}
