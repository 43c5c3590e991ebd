import type { Database } from "../../shared/database/session.ts";
import type { AccountRow, LedgerRows } from "../indexer/rows.ts";
import { writeAccounts } from "./accounts.ts";
import { writeSigners } from "./account-signers.ts";
import { writeContractCode } from "./contract-code.ts";
import { writeNfts } from "./nfts.ts";
import { networkUpgrades } from "./network-upgrades.ts";
import { stateArchival } from "./state-archival.ts";
import type { Pending } from "./state-table.ts";
import {
  accountData,
  liquidityPoolBalances,
  liquidityPools,
  offers,
  sacBalances,
  trustlineAssets,
  trustlineBalances,
} from "./state-tables.ts";
import { writeClaimableBalances } from "./claimable-balances.ts";
import { countEvents } from "./counted-events.ts";
import { writeAllowances } from "./token-allowances.ts";
import { writeTokenBalances } from "./token-balances.ts";
import { writeEvidence } from "./token-layouts.ts";
import { writeSupplies } from "./token-supplies.ts";
import { refreshStubs, type TokenStub, writeStubs, writeTokens } from "./tokens.ts";

/**
 * The statements of a ledger's current state, in their order: at most one upsert and one delete a table. Those of ledger entries are guarded
 * by the row's last modified ledger, so that an older value never replaces a newer one.
 * @param newAssets trustline assets that this process has not written yet
 * @param newStubs tokens that this process has not written yet
 * @param unwrittenSigners accounts whose signers this process has not written yet
 */
export function currentState(
  sql: Database,
  rows: LedgerRows,
  newAssets: LedgerRows["trustlineAssets"],
  newStubs: readonly TokenStub[],
  unwrittenSigners: readonly AccountRow[],
): Pending {
  const ledger = rows.header.sequence;
  return [
    ...trustlineAssets.write(sql, newAssets),
    // Before the stubs: a token that the ledger proves need not be asked for its name.
    ...writeTokens(sql, [...rows.contractTokens, ...rows.provenTokens]),
    ...writeStubs(sql, newStubs),
    ...writeAccounts(sql, rows.accounts, ledger),
    ...writeSigners(sql, rows.accounts, unwrittenSigners),
    ...accountData.write(sql, rows.accountData, ledger),
    ...trustlineBalances.write(sql, rows.trustlineBalances, ledger),
    ...sacBalances.write(sql, [...rows.sacBalances, ...rows.contractNativeBalances], ledger),
    ...writeNfts(sql, rows),
    ...liquidityPools.write(sql, rows.liquidityPools, ledger),
    ...liquidityPoolBalances.write(sql, rows.liquidityPoolBalances, ledger),
    ...writeClaimableBalances(sql, rows),
    ...offers.write(sql, rows.offers, ledger),
    ...writeContractCode(sql, rows),
    // Behind the contracts, which tell what the tokens are.
    ...refreshStubs(sql, newStubs),
    ...writeTokenBalances(sql, rows),
    ...writeAllowances(sql, rows),
    ...writeEvidence(sql, rows),
    ...writeSupplies(sql, rows),
    ...countEvents(sql, rows),
    ...stateArchival(sql, rows),
    ...networkUpgrades(sql, rows),
  ];
}
