import { hash as digest } from "node:crypto";
import { WalletError } from "../../shared/errors.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { ContractIds } from "../ledger/contract-ids.ts";
import { hasTrueHash, type Ledger } from "../ledger/ledger.ts";
import { LedgerEntryType } from "../../shared/xdr/xdr.generated.ts";
import { encodeStrkey } from "../../shared/strkey.ts";
import { addContractCode, codeFacts } from "./contract-code.ts";
import { conservationProblems } from "./conservation.ts";
import { tokenProblems } from "./contract-tokens.ts";
import { NO_SPONSOR } from "./entry-sponsor.ts";
import { entryStates } from "./entry-states.ts";
import { accountTexts, expectedText } from "./expected-account.ts";
import { balanceRow, factRow, type ExpectedRow } from "./expected-rows.ts";
import { nftProblems } from "./nfts.ts";
import { upgradeProblems } from "./network-upgrades.ts";
import { archivalProblems } from "./state-archival.ts";
import { tokenEventProblems } from "./token-events.ts";
import { addPromises, promiseFacts } from "./promises.ts";

/** A row that does not say what the ledger says. */
export interface Problem {
  ledger: number;
  /** The table, `ttl`, `evictions`, `token_events`, `conservation` or, of contract tokens, `balance`, `moved`, `allowance`, `told` or `supply`. */
  check: string;
  key: string;
  /** What the ledger says; null: no such entry. */
  expected: string | null;
  /** What the rows say; null: no row. */
  found: string | null;
}

/**
 * Checks a ledger's rows against the ledger itself, by ways that share nothing with the indexer's own:
 * every account and data entry that changed must have its row, with all that the entry says (expected-account.ts);
 * the last state of every trustline, pool, pool share, SAC balance, claimable balance and offer entry must be that of its row, an entry
 * without a row must not have changed in a stored column; assets and asset contracts must be those of the entries, as must code, what it is,
 * the contracts that run it and the tags that name it; the state changes that contracts tell of in events must be those of the events;
 * balances, allowances and supplies of contract tokens must be those of entries and events (contract-tokens.ts), NFTs whose they say (nfts.ts); TTLs,
 * evictions, upgrades and frozen keys must be the ledger's; and (in ledgers with a true header hash) the
 * movements of every account and asset must sum up to the change of its balance, and all lumens to the fees and payouts. Every change of
 * the meta counts, those of upgrades too.
 * @param rows what an indexer made of the ledger, which is still open
 */
export function problemsOf(rows: LedgerRows, ledger: Ledger, networkPassphrase: string): Problem[] {
  const states = entryStates(ledger);
  const networkId = digest("sha256", networkPassphrase, "buffer");
  const ids = new ContractIds(networkId, ledger.x.addresses);
  const found = foundRows(rows);
  const problems: Problem[] = [];
  const report = (check: string, key: string, expected: string | null, value: string | null): void => {
    problems.push({ ledger: rows.header.sequence, check, key, expected, found: value });
  };
  const take = ({ table, key }: Pick<ExpectedRow, "table" | "key">): string | undefined => {
    const id = `${table} ${key}`;
    const row = found.get(id);
    found.delete(id);
    return row;
  };
  const facts = new Map<string, ExpectedRow>();
  for (const entry of states) {
    if (!entry.changed) continue;
    if (entry.type === LedgerEntryType.account || entry.type === LedgerEntryType.data) {
      const text = expectedText(ledger, entry);
      const row = take(text);
      if (row !== text.values && !(row === undefined && text.isOptional)) report(text.table, text.key, text.values, row ?? null);
      continue;
    }
    const subject = entry.last || entry.lastSeen;
    const last = subject === 0 ? null : balanceRow(ledger, subject);
    if (last) {
      const first = entry.first === 0 ? null : balanceRow(ledger, entry.first);
      compare(last, entry.last === 0, entry.existed, first, take(last), report);
    }
    // The asset of a trustline that only goes is a fact too.
    const stated = entry.type === LedgerEntryType.trustline ? subject : entry.written;
    const fact = stated === 0 ? null : factRow(ledger, ids, stated);
    if (fact) facts.set(`${fact.table} ${fact.key}`, fact);
  }
  for (const fact of codeFacts(ledger, states)) facts.set(`${fact.table} ${fact.key}`, fact);
  for (const fact of promiseFacts(ledger, ids, states)) facts.set(`${fact.table} ${fact.key}`, fact);
  for (const fact of facts.values()) {
    const row = take(fact);
    if (row !== fact.values) report(fact.table, fact.key, fact.values, row ?? null);
  }
  for (const [id, value] of found) {
    const [table, ...key] = id.split(" ");
    report(table!, key.join(" "), null, value);
  }
  problems.push(...tokenEventProblems(rows, ledger));
  problems.push(...archivalProblems(rows, ledger, ids, states), ...upgradeProblems(rows, ledger, states));
  problems.push(...tokenProblems(rows, ledger, ids, networkId, states), ...nftProblems(rows, ledger, states));
  if (hasTrueHash(ledger)) problems.push(...conservationProblems(rows, ledger, ids, states));
  return problems;
}

/**
 * As problemsOf, for rows that are about to be written.
 * @throws WalletError VERIFY_FAILED with the first difference
 */
export function requireVerified(rows: LedgerRows, ledger: Ledger, networkPassphrase: string): void {
  const problems = problemsOf(rows, ledger, networkPassphrase);
  const [first] = problems;
  if (!first) return;
  throw new WalletError(
    "VERIFY_FAILED",
    `Ledger ${first.ledger} does not pass its check in ${problems.length} places, the first ${first.check} ${first.key}: the ledger says ${first.expected}, the rows ${first.found}. Report it with the ledger.`,
    { ledger: first.ledger, problems: problems.length },
  );
}

const REMOVED = "removed";

function compare(
  last: ExpectedRow,
  gone: boolean,
  existed: boolean,
  first: ExpectedRow | null,
  row: string | undefined,
  report: (check: string, key: string, expected: string | null, found: string | null) => void,
): void {
  const expected = gone ? REMOVED : last.values;
  if (row === expected) return;
  // An entry that the ledger made and removed need not have a row, nor one whose stored columns are as before.
  if (row === undefined && (gone ? !existed : first?.values === last.values)) return;
  report(last.table, last.key, expected, row ?? null);
}

/** Our rows in the form of expected-rows, by table and key. */
function foundRows(rows: LedgerRows): Map<string, string> {
  const found = new Map<string, string>();
  const add = (table: string, key: string, op: string, ...values: unknown[]): void => {
    found.set(`${table} ${key}`, op === "REMOVE" ? REMOVED : values.join(" "));
  };
  for (const { table, key, values } of accountTexts(rows)) found.set(`${table} ${key}`, values);
  for (const r of rows.trustlineBalances) {
    add(
      "trustline_balances",
      `${r.account.text}/${r.asset.code}:${r.asset.issuer}`,
      r.op,
      r.balance,
      r.trustLimit,
      r.buyingLiabilities,
      r.sellingLiabilities,
      r.flags,
      r.sponsor?.text ?? NO_SPONSOR,
    );
  }
  for (const r of rows.liquidityPoolBalances)
    add("liquidity_pool_balances", `${r.account.text}/${r.poolId}`, r.op, r.shares, r.sponsor?.text ?? NO_SPONSOR);
  for (const r of rows.liquidityPools) add("liquidity_pools", r.poolId, r.op, r.assetA, r.amountA, r.assetB, r.amountB);
  for (const r of [...rows.sacBalances, ...rows.contractNativeBalances])
    add("sac_balances", `${r.account.text}/${r.contract.text}`, r.op, r.balance, r.isAuthorized, r.isClawbackEnabled);
  for (const r of rows.trustlineAssets) add("trustline_assets", `${r.code}:${r.issuer}`, "ADD", encodeStrkey(r.contract));
  for (const r of rows.contractTokens)
    add("contract_tokens", r.contract.text, "ADD", r.type, r.code, r.issuer, r.name, r.symbol, r.decimals);
  addPromises(rows, add);
  addContractCode(rows, add);
  return found;
}
