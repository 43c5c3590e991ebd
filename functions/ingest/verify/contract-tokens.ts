import { hash as digest } from "node:crypto";
import { decodeStrkey } from "../../shared/strkey.ts";
import { addressFromBytes, scAddressAt } from "../../shared/xdr/addresses.ts";
import { elements } from "../../shared/xdr/words.ts";
import {
  HostFunctionType,
  LedgerEntryType,
  OperationType,
  readContractDataEntry,
  readInvokeContractArgs,
  readOperation,
  readTtlEntry,
  skipLedgerKey,
  skipScVal,
} from "../../shared/xdr/xdr.generated.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { transactions } from "../ledger/transactions.ts";
import { evictedKeysOf } from "./change-lists.ts";
import { accountOf, contractEvents, type EmittedEvent } from "./contract-events.ts";
import type { EntryStates } from "./entry-states.ts";
import { factRow } from "./expected-rows.ts";
import { scValue, type ScValue } from "./sc-value.ts";
import { storedSupplies } from "./token-supplies.ts";
import type { Problem } from "./verify-ledger.ts";

const GONE = "gone";
/** The largest `integer`. */
const LAST_LEDGER = 2_147_483_647;

/** What a row may say, and whether there may be none. */
interface Expected {
  values: string[];
  isOptional: boolean;
}

/**
 * Balances, allowances and supplies of contract tokens against the ledger: the last state of every entry under a token's key, the sum of the
 * movements that events tell, of allowances without an entry the approvals and calls, and what was minted and instances say. By a fold of its
 * own.
 */
export function tokenProblems(
  rows: LedgerRows,
  ledger: Ledger,
  ids: ContractIds,
  networkId: Buffer,
  states: readonly EntryStates[],
): Problem[] {
  const calls = callsOf(ledger, networkId);
  const assets = assetContracts(ledger, ids, states, calls);
  const expected = new Map<string, Expected>();
  addEntries(ledger, states, assets, expected);
  const minted = addEvents(calls, assets, expected);
  addSupplies(storedSupplies(ledger, states), minted, expected);
  const found = foundRows(rows);
  const problems: Problem[] = [];
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const want = expected.get(key);
    const row = found.get(key);
    if (row === undefined ? want?.isOptional : want?.values.includes(row)) continue;
    const [check, ...rest] = key.split(" ");
    problems.push({
      ledger: rows.header.sequence,
      check: check!,
      key: rest.join(" "),
      expected: want?.values[0] ?? null,
      found: row ?? null,
    });
  }
  return problems;
}

/** A contract call of a successful transaction. */
interface Call {
  events: EmittedEvent[];
  /** Contract, function and arguments, where the call is of a function. */
  root: { contract: string; name: string; args: ScValue[] } | null;
}

function callsOf(ledger: Ledger, networkId: Buffer): Call[] {
  const { x } = ledger;
  const calls: Call[] = [];
  for (const { successful, envelope, events } of transactions(ledger, networkId)) {
    if (!successful) continue;
    for (const [at, operation] of envelope.operations.entries()) {
      const { body } = readOperation(x, operation);
      if (x[body] === OperationType.invokeHostFunction)
        calls.push({ events: contractEvents(ledger, events(at)), root: rootOf(ledger, body + 1) });
    }
  }
  return calls;
}

function rootOf(ledger: Ledger, p: number): Call["root"] {
  const { x, bytes } = ledger;
  if (x[p] !== HostFunctionType.hostFunctionTypeInvokeContract) return null;
  const { contractAddress, functionName, args } = readInvokeContractArgs(x, p + 1);
  const name = Buffer.from(bytesAt(bytes, functionName + 1, Math.ceil(x[functionName]! / 4))).toString("latin1", 0, x[functionName]);
  return { contract: scAddressAt(x, contractAddress).text, name, args: elements(x, args, skipScVal).map((at) => scValue(ledger, at)) };
}

/** The contracts that the ledger proves to be an asset's: by their instance, a trustline or the asset that an event names. */
function assetContracts(ledger: Ledger, ids: ContractIds, states: readonly EntryStates[], calls: readonly Call[]): Set<string> {
  const assets = new Set([ids.native().text]);
  for (const { type, changed, lastSeen, written } of states) {
    const fact = changed && (type === LedgerEntryType.trustline ? lastSeen : written);
    const row = fact ? factRow(ledger, ids, fact) : null;
    if (row?.table === "trustline_assets") assets.add(row.values);
    if (row?.table === "contract_tokens") assets.add(row.key);
  }
  for (const { contract, topics } of calls.flatMap(({ events }) => events)) {
    const last = topics.at(-1);
    const [, code, issuer] = (typeof last === "string" && /^string ([A-Za-z0-9]{1,12}):(G[A-Z2-7]{55})$/.exec(last)) || [];
    const key = issuer === undefined ? null : decodeStrkey(issuer);
    if (key && ids.fromCodeAndIssuer(code!, addressFromBytes(ledger.x, key)).text === contract) assets.add(contract);
  }
  return assets;
}

/** Contract data under a key of tokens. */
interface TokenEntry {
  /** `balance C… G…`, or `allowance C… owner spender`. */
  key: string;
  contract: string;
  isBalance: boolean;
  isTemporary: boolean;
  /** Which of several entries with one meaning counts, if it says something: the lowest. */
  rank: number;
}

function tokenEntry(ledger: Ledger, start: number, end: number): TokenEntry | null {
  const { x } = ledger;
  if (x[start] !== 1) return null;
  const contract = scAddressAt(x, start).text;
  const key = scValue(ledger, start + 9);
  const isTemporary = x[end - 1] === 0;
  if (!Array.isArray(key) || key.length !== 2) return null;
  if (key[0] === "symbol Balance") {
    const holder = partyOf(key[1]);
    return holder === null
      ? null
      : { key: `balance ${contract} ${holder}`, contract, isBalance: true, isTemporary, rank: Number(isTemporary) };
  }
  if (key[0] !== "symbol Allowance" || !Array.isArray(key[1]) || key[1].length !== 5) return null;
  const [kind, ownerName, owner, spenderName, spender] = key[1];
  if (kind !== "map" || (ownerName !== "symbol from" && ownerName !== "symbol owner") || spenderName !== "symbol spender") return null;
  const parties = [partyOf(owner), partyOf(spender)];
  const rank = (isTemporary ? 2 : 0) + (ownerName === "symbol from" ? 1 : 0);
  return parties.includes(null)
    ? null
    : { key: `allowance ${contract} ${parties.join(" ")}`, contract, isBalance: false, isTemporary, rank };
}

/** The account or contract that a value is the address of. */
function partyOf(value: ScValue | undefined): string | null {
  return (typeof value === "string" && /^address ([GC].*)$/.exec(value)?.[1]) || null;
}

/** The integer of a kind that a value is, or a member of a map by the first of these names that it has. */
function numberOf(value: ScValue, kind: string, names: readonly string[] = []): bigint | null {
  if (typeof value === "string") {
    const [is, digits] = value.split(" ");
    return is === kind && names.length === 0 ? BigInt(digits!) : null;
  }
  if (value?.[0] !== "map") return null;
  for (const name of names) {
    const at = value.findIndex((key, i) => i % 2 === 1 && key === `symbol ${name}`);
    if (at > 0) return numberOf(value[at + 1]!, kind);
  }
  return null;
}

function addEntries(ledger: Ledger, states: readonly EntryStates[], assets: ReadonlySet<string>, expected: Map<string, Expected>): void {
  const { x, bytes } = ledger;
  const untils = new Map<string, number>();
  for (const { type, changed, last } of states) {
    if (type !== LedgerEntryType.ttl || !changed || last === 0) continue;
    const { keyHash, liveUntilLedgerSeq } = readTtlEntry(x, last + 2);
    untils.set(Buffer.from(bytesAt(bytes, keyHash, 8)).toString("hex"), Math.min(liveUntilLedgerSeq, LAST_LEDGER));
  }
  const said = new Map<string, { rank: number; values: string; isOptional: boolean }[]>();
  const put = ({ key, contract, isBalance, rank }: TokenEntry, values: string, isOptional: boolean): void => {
    if (isBalance && assets.has(contract)) return;
    const all = said.get(key) ?? [];
    said.set(key, all);
    all.push({ rank, values, isOptional });
  };
  for (const { type, changed, keyStart, keyEnd, existed, last } of states) {
    const entry = type === LedgerEntryType.contractData && changed ? tokenEntry(ledger, keyStart, keyEnd) : null;
    if (entry === null) continue;
    const value = last === 0 ? null : scValue(ledger, readContractDataEntry(x, last + 2).val);
    if (entry.isBalance) {
      const amount = value === null ? null : (numberOf(value, "i128") ?? numberOf(value, "i128", ["amount"]));
      const kind = entry.isTemporary ? "temporary" : "persistent";
      const hash = digest("sha256", Buffer.concat([Buffer.of(0, 0, 0, type), bytesAt(bytes, keyStart, keyEnd - keyStart)]), "hex");
      if (amount === null) put(entry, `${GONE} ${kind}`, last === 0 && !existed);
      else put(entry, `${amount} ${kind} ${hash} ${untils.get(hash) ?? "as it was"}`, false);
    } else {
      const amount = value === null ? null : numberOf(value, "i128", ["amount"]);
      const until = value === null ? null : numberOf(value, "u32", ["live_until_ledger", "expiration_ledger"]);
      if (amount === null || until === null || amount <= 0n) put(entry, GONE, last === 0 && !existed);
      else put(entry, `${amount} until ${until}`, false);
    }
  }
  for (const p of evictedKeysOf(ledger)) {
    const entry = x[p] === LedgerEntryType.contractData ? tokenEntry(ledger, p + 1, skipLedgerKey(x, p)) : null;
    if (entry?.isTemporary) put(entry, entry.isBalance ? `${GONE} temporary` : GONE, false);
  }
  for (const [key, all] of said) {
    all.sort((a, b) => a.rank - b.rank);
    const counts = all.find(({ values }) => !values.startsWith(GONE));
    const values = counts ? [counts.values] : all.map((each) => each.values);
    expected.set(key, { values, isOptional: !counts && all.every(({ isOptional }) => isOptional) });
  }
}

/** @returns mints less burns and clawbacks, by contract */
function addEvents(calls: readonly Call[], assets: ReadonlySet<string>, expected: Map<string, Expected>): Map<string, bigint> {
  const moved = new Map<string, bigint>();
  const minted = new Map<string, bigint>();
  const told = new Map<string, { approved: { left: bigint; until: bigint } | null; spent: bigint }>();
  const toldOf = (key: string): NonNullable<ReturnType<typeof told.get>> => {
    let allowance = told.get(key);
    if (!allowance) told.set(key, (allowance = { approved: null, spent: 0n }));
    return allowance;
  };
  for (const { events, root } of calls) {
    // The approvals of a call that spends come first: it is spent of what they leave, or of what was there.
    for (const { contract, topics, data } of events) {
      if (assets.has(contract)) continue;
      const name = topics[0] as string;
      const parties = topics.slice(1).map(accountOf);
      if (parties.includes(null)) continue;
      const last = parties.at(-1)!;
      if (name === "symbol approve" && parties.length === 2) {
        const body = Array.isArray(data) && data[0] !== "map" ? (data.length === 2 ? data : [null, null]) : null;
        const amount = body ? numberOf(body[0]!, "i128") : numberOf(data, "i128", ["amount"]);
        const until = body ? numberOf(body[1]!, "u32") : numberOf(data, "u32", ["live_until_ledger"]);
        if (amount !== null && until !== null) toldOf(`${contract} ${parties.join(" ")}`).approved = { left: amount, until };
        continue;
      }
      const amount = numberOf(data, "i128") ?? numberOf(data, "i128", ["amount"]) ?? 0n;
      if (amount <= 0n) continue;
      const add = (holder: string, change: bigint): unknown =>
        moved.set(`${contract} ${holder}`, (moved.get(`${contract} ${holder}`) ?? 0n) + change);
      const mint = (change: bigint): void => {
        add(last, change);
        minted.set(contract, (minted.get(contract) ?? 0n) + change);
      };
      if (name === "symbol transfer" && parties.length === 2) {
        add(parties[0]!, -amount);
        add(last, amount);
      } else if (name === "symbol mint" && parties.length <= 2 && parties.length > 0) mint(amount);
      else if (name === "symbol burn" && parties.length === 1) mint(-amount);
      else if (name === "symbol clawback" && parties.length <= 2 && parties.length > 0) mint(-amount);
    }
    const amount = root && SPENDING.get(root.name) === root.args.length ? numberOf(root.args.at(-1)!, "i128") : null;
    const others = root?.args.slice(0, -1).map(accountOf);
    if (amount === null || amount <= 0n || others!.includes(null) || assets.has(root!.contract)) continue;
    const allowance = toldOf(`${root!.contract} ${others![1]} ${others![0]}`);
    if (allowance.approved) allowance.approved.left -= amount < allowance.approved.left ? amount : allowance.approved.left;
    else allowance.spent += amount;
  }
  for (const [key, sum] of moved) if (sum !== 0n) expected.set(`moved ${key}`, { values: [String(sum)], isOptional: false });
  for (const [key, { approved, spent }] of told) {
    if (expected.has(`allowance ${key}`)) continue;
    const values = `${approved ? `${approved.left > 0n ? approved.left : 0n} until ${approved.until}` : "as it was"} less ${spent}`;
    expected.set(`told ${key}`, { values: [values], isOptional: false });
  }
  return minted;
}

/** What instances say counts of tokens that moved. */
function addSupplies(stored: ReadonlyMap<string, string>, minted: ReadonlyMap<string, bigint>, expected: Map<string, Expected>): void {
  const moved = new Map<string, boolean>(Array.from(minted.keys(), (contract) => [contract, false]));
  for (const [key, { isOptional }] of expected) {
    const [check, contract] = key.split(" ") as [string, string];
    if (check === "balance" || check === "moved") moved.set(contract, (moved.get(contract) ?? true) && isOptional);
  }
  for (const [contract, isOptional] of moved) {
    const supply = stored.get(contract);
    const sum = minted.get(contract) ?? 0n;
    if (supply !== undefined || sum !== 0n)
      expected.set(`supply ${contract}`, { values: [`${supply ?? "not said"}, minted ${sum}`], isOptional });
  }
}

/** Functions that spend an allowance, by the number of their arguments (SEP-41). */
const SPENDING = new Map([
  ["transfer_from", 4],
  ["burn_from", 3],
]);

/** Our rows in the same form. */
function foundRows({ tokenBalances, storedAllowances, toldAllowances, tokenSupplies }: LedgerRows): Map<string, string> {
  const found = new Map<string, string>();
  for (const { account, contract, stored, moved } of tokenBalances) {
    const key = `${contract.text} ${account.text}`;
    if (stored) {
      const kind = stored.isTemporary ? "temporary" : "persistent";
      const entry = stored.keyHash && `${kind} ${Buffer.from(stored.keyHash).toString("hex")} ${stored.liveUntilLedger ?? "as it was"}`;
      found.set(`balance ${key}`, stored.amount === null ? `${GONE} ${kind}` : `${stored.amount} ${entry}`);
    }
    if (moved !== null) found.set(`moved ${key}`, String(moved));
  }
  for (const { contract, owner, spender, op, amount, expirationLedger } of storedAllowances)
    found.set(`allowance ${contract.text} ${owner.text} ${spender.text}`, op === "REMOVE" ? GONE : `${amount} until ${expirationLedger}`);
  for (const { contract, owner, spender, approved, spent } of toldAllowances) {
    const left = approved ? `${approved.amount} until ${approved.expirationLedger}` : "as it was";
    found.set(`told ${contract.text} ${owner.text} ${spender.text}`, `${left} less ${spent}`);
  }
  for (const { contract, stored, minted } of tokenSupplies)
    found.set(`supply ${contract.text}`, `${stored ?? "not said"}, minted ${minted}`);
  return found;
}
