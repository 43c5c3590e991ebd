import { hash as digest } from "node:crypto";
import type { LedgerRows, LivingRow } from "../indexer/rows.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import {
  ContractDataDurability,
  LedgerEntryType,
  readLedgerKeyContractData,
  readTtlEntry,
  skipLedgerKey,
} from "../../shared/xdr/xdr.generated.ts";
import { evictedKeysOf } from "./change-lists.ts";
import type { EntryStates } from "./entry-states.ts";
import { balanceRow, factRow } from "./expected-rows.ts";
import type { Problem } from "./verify-ledger.ts";

const AS_IT_WAS = "as it was";

/**
 * TTLs and evictions against the ledger: every row of an entry has the hash of its key and the last value of its TTL; every TTL that is left
 * with a value is told, with that value, unless the ledger shows its entry as well; and the evicted keys are those of the ledger.
 */
export function archivalProblems(rows: LedgerRows, ledger: Ledger, ids: ContractIds, states: readonly EntryStates[]): Problem[] {
  const problems: Problem[] = [];
  const check = (name: string, key: string, expected: string | null, found: string | null): void => {
    if (expected !== found) problems.push({ ledger: rows.header.sequence, check: name, key, expected, found });
  };
  const ttls = new Map<string, number | null>();
  for (const { type, changed, last, keyStart } of states) {
    if (type !== LedgerEntryType.ttl || !changed) continue;
    ttls.set(hexAt(ledger, keyStart), last === 0 ? null : readTtlEntry(ledger.x, last + 2).liveUntilLedgerSeq);
  }
  const shown = new Set<string>();
  const living = livingRows(rows);
  for (const { type, changed, last, written, keyStart, keyEnd } of states) {
    if (!changed || (type !== LedgerEntryType.contractData && type !== LedgerEntryType.contractCode)) continue;
    const keyHash = hashOf(ledger, type, keyStart, keyEnd);
    shown.add(keyHash);
    // A balance that goes takes its row with it, what is known of a contract stays.
    const rowsOfEntry = [last === 0 ? null : balanceRow(ledger, last), written === 0 ? null : factRow(ledger, ids, written)];
    for (const row of rowsOfEntry) {
      const id = `${row?.table} ${row?.key}`;
      const found = living.get(id);
      living.delete(id);
      if (found !== undefined) check(row!.table, row!.key, `${keyHash} until ${ttls.get(keyHash) ?? AS_IT_WAS}`, found);
      else if (row !== null && LIVING.has(row.table)) check(row.table, row.key, keyHash, null);
    }
  }
  for (const [id, found] of living) check("ttl", id, null, found);
  const told = new Map(rows.ttls.map(({ keyHash, liveUntilLedger }) => [hex(keyHash), liveUntilLedger]));
  for (const [keyHash, liveUntil] of ttls) {
    const found = told.get(keyHash) ?? null;
    told.delete(keyHash);
    if (found !== null || (liveUntil !== null && !shown.has(keyHash))) check("ttl", keyHash, textOf(liveUntil), textOf(found));
  }
  for (const [keyHash, found] of told) check("ttl", keyHash, null, textOf(found));
  check("evictions", "", evicted(ledger).join(), rows.evictedKeys.map(hex).sort().join());
  return problems;
}

const LIVING = new Set(["sac_balances", "contract_tokens", "protocol_contracts"]);

/** What our rows say of the entries that they stand for. */
function livingRows(rows: LedgerRows): Map<string, string> {
  const found = new Map<string, string>();
  const add = (id: string, { keyHash, liveUntilLedger }: LivingRow): unknown =>
    found.set(id, `${hex(keyHash)} until ${liveUntilLedger ?? AS_IT_WAS}`);
  for (const row of [...rows.sacBalances, ...rows.contractNativeBalances])
    if (row.op !== "REMOVE") add(`sac_balances ${row.account.text}/${row.contract.text}`, row);
  for (const row of rows.contractTokens) add(`contract_tokens ${row.contract.text}`, row);
  for (const row of rows.protocolContracts) add(`protocol_contracts ${row.contract.text}`, row);
  return found;
}

/** Key hashes of the persistent contract data that the ledger evicted. */
function evicted(ledger: Ledger): string[] {
  const { x } = ledger;
  return evictedKeysOf(ledger)
    .filter((p) => x[p] === LedgerEntryType.contractData)
    .filter((p) => readLedgerKeyContractData(x, p + 1).durability === ContractDataDurability.persistent)
    .map((p) => hashOf(ledger, x[p]!, p + 1, skipLedgerKey(x, p)))
    .sort();
}

/** SHA-256 of the LedgerKey of a type whose fields are a word range. */
function hashOf({ bytes }: Ledger, type: number, start: number, end: number): string {
  const key = Buffer.concat([Buffer.of(0, 0, 0, type), bytesAt(bytes, start, end - start)]);
  return digest("sha256", key, "hex");
}

function hexAt({ bytes }: Ledger, p: number): string {
  return hex(bytesAt(bytes, p, 8));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function textOf(value: number | null): string | null {
  return value === null ? null : String(value);
}
