import { isToldByEvents } from "../../shared/columns/history/payload-format.ts";
import { placeOfToid } from "../../shared/columns/toid.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { accountOf, appliedEvents, type EmittedEvent } from "./contract-events.ts";
import type { ScValue } from "./sc-value.ts";
import type { Problem } from "./verify-ledger.ts";

/** What events tell, in their order, by the place of the transaction, the contract and whose row it is. */
type Told = Map<string, string[]>;

/**
 * Events in the shape of SEP-41 and the state changes that they turn into: every holder must have those of each transaction and contract, in
 * their order. Receivers' ids are no part of it.
 */
export function tokenEventProblems(rows: LedgerRows, ledger: Ledger): Problem[] {
  const [expected, found]: [Told, Told] = [new Map(), new Map()];
  for (const { transaction, events } of appliedEvents(ledger)) for (const event of events) addEvent(expected, transaction, event);
  for (const row of rows.stateChanges) {
    if (!isToldByEvents(row)) continue;
    const what = row.category === "ALLOWANCE" ? `${row.amount} ${row.spender?.text} ${row.keyValue?.live_until_ledger}` : row.amount;
    add(found, placeOfToid(row.transaction), row.tokenId!.text, row.account.text, `${row.reason} ${what}`);
  }
  const problems: Problem[] = [];
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const [told, shown] = [expected, found].map((all) => all.get(key)?.join(", ") ?? null);
    if (told !== shown)
      problems.push({ ledger: rows.header.sequence, check: "token_events", key, expected: told ?? null, found: shown ?? null });
  }
  return problems;
}

function add(all: Told, transaction: number, contract: string, holder: string, what: string): void {
  if (!/^[GC]/.test(holder)) return;
  const key = `${transaction}/${contract}/${holder}`;
  const told = all.get(key);
  if (told) told.push(what);
  else all.set(key, [what]);
}

function addEvent(all: Told, transaction: number, { contract, topics: [name, ...others], data }: EmittedEvent): void {
  const parties = others.map(accountOf);
  if (typeof name !== "string" || parties.includes(null)) return;
  const put = (holder: string, what: string): void => add(all, transaction, contract, holder, what);
  const [first, second] = parties as string[];
  const last = parties.at(-1)!;
  const form = `${name.replace("symbol ", "")}/${parties.length}`;
  if (form === "approve/2") {
    const approved = approvalOf(data);
    if (approved) put(first!, `UPDATE ${approved[0]} ${second} ${approved[1]}`);
    return;
  }
  if (!/^(transfer\/2|burn\/1|mint\/[12]|clawback\/[12])$/.test(form) || !name.startsWith("symbol ")) return;
  const amount = amountOf(data);
  if (amount === null) return;
  if (form === "transfer/2") put(first!, `DEBIT ${amount}`);
  put(last, `${form === "transfer/2" ? "CREDIT" : form.startsWith("mint") ? "MINT" : "BURN"} ${amount}`);
}

/** What stands behind the name of a type in a value's text; null: it is of another type. */
function plain(type: "i128" | "u32", value: ScValue | undefined): string | null {
  return typeof value === "string" && value.startsWith(`${type} `) ? value.slice(type.length + 1) : null;
}

function amountOf(value: ScValue): string | null {
  return plain("i128", Array.isArray(value) && value[0] === "map" ? memberOf(value, "amount") : value);
}

/** @returns amount, and the ledger that it ends with */
function approvalOf(value: ScValue): [amount: string, until: string] | null {
  if (!Array.isArray(value)) return null;
  const parts = value[0] === "map" ? [memberOf(value, "amount"), memberOf(value, "live_until_ledger")] : value;
  if (parts.length !== 2) return null;
  const [first, second] = parts;
  const [amount, until] = [plain("i128", first), plain("u32", second)];
  return amount === null || until === null ? null : [amount, until];
}

/** The last member of this name in the value of a map. */
function memberOf(map: readonly ScValue[], name: string): ScValue | undefined {
  const at = map.findLastIndex((value, place) => place % 2 === 1 && value === `symbol ${name}`);
  return at < 0 ? undefined : map[at + 1];
}
