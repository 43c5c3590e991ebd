import { ASSET_DECIMALS, decimalAmount, smallestUnits } from "../../shared/columns/amounts.ts";
import { assetText, isShortCode, NATIVE_ASSET } from "../../shared/columns/asset.ts";
import { TrustlineEntryFlag } from "../../shared/columns/flags.ts";
import type { BalanceNode } from "../nodes/balance.ts";
import type { BalanceRow } from "../queries/balances/page.ts";
import { addressText } from "../values/addresses.ts";
import { assetContract, NATIVE_SYMBOL } from "../values/asset-contract.ts";
import { spendable } from "../values/spendable.ts";

/**
 * A holding as its GraphQL type; null when the row lacks what the type needs.
 * @param exists the ledger has an entry for it
 */
export function balanceNode(row: BalanceRow, networkPassphrase: string, exists: boolean): BalanceNode | null {
  const sponsor = row.sponsor === null ? null : addressText(row.sponsor);
  // Of a frozen account nothing can be sent, nor of an archived entry.
  const isLocked = row.is_frozen || row.holder_is_frozen || row.is_archived;
  switch (row.source) {
    case "native": {
      const tokenId = assetContract(networkPassphrase, NATIVE_ASSET);
      return {
        __typename: "NativeBalance",
        sponsor,
        lastModifiedLedger: row.last_modified_ledger,
        exists,
        isArchived: row.is_archived,
        liveUntilLedger: row.live_until_ledger,
        isFrozen: row.is_frozen,
        balance: decimalAmount(row.balance),
        spendable: decimalAmount(spendable(row.balance, { amounts: [row.minimum_balance, row.selling_liabilities], isLocked })),
        tokenId,
        tokenType: "NATIVE",
        contractId: tokenId,
        decimals: ASSET_DECIMALS,
        symbol: NATIVE_SYMBOL,
        name: NATIVE_ASSET,
        isClawbackEnabled: false,
        minimumBalance: decimalAmount(row.minimum_balance),
        buyingLiabilities: decimalAmount(row.buying_liabilities),
        sellingLiabilities: decimalAmount(row.selling_liabilities),
        numSubentries: row.num_subentries,
      };
    }
    case "classic": {
      const name = assetText(row.code, row.issuer);
      const tokenId = assetContract(networkPassphrase, name);
      const isAuthorized = (row.flags & TrustlineEntryFlag.AUTHORIZED) !== 0;
      return {
        __typename: "TrustlineBalance",
        sponsor,
        lastModifiedLedger: row.last_modified_ledger,
        exists,
        isArchived: row.is_archived,
        liveUntilLedger: row.live_until_ledger,
        isFrozen: row.is_frozen,
        balance: decimalAmount(row.balance),
        spendable: decimalAmount(spendable(row.balance, { amounts: [row.selling_liabilities], isAuthorized, isLocked })),
        tokenId,
        tokenType: "CLASSIC",
        contractId: tokenId,
        decimals: ASSET_DECIMALS,
        symbol: row.code,
        name,
        isClawbackEnabled: (row.flags & TrustlineEntryFlag.CLAWBACK_ENABLED) !== 0,
        code: row.code,
        issuer: row.issuer,
        assetType: isShortCode(row.code) ? "CREDIT_ALPHANUM4" : "CREDIT_ALPHANUM12",
        limit: decimalAmount(row.trust_limit),
        buyingLiabilities: decimalAmount(row.buying_liabilities),
        sellingLiabilities: decimalAmount(row.selling_liabilities),
        isAuthorized,
        isAuthorizedToMaintainLiabilities: (row.flags & TrustlineEntryFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES) !== 0,
      };
    }
    case "sac":
      if (row.code === null || row.issuer === null) return null;
      return {
        __typename: "SACBalance",
        sponsor,
        lastModifiedLedger: row.last_modified_ledger,
        exists,
        isArchived: row.is_archived,
        liveUntilLedger: row.live_until_ledger,
        isFrozen: row.is_frozen,
        balance: row.balance,
        spendable: decimalAmount(spendable(smallestUnits(row.balance), { isAuthorized: row.is_authorized, isLocked })),
        tokenId: row.contract_id,
        tokenType: "SAC",
        contractId: row.contract_id,
        decimals: row.decimals ?? ASSET_DECIMALS,
        symbol: row.code,
        name: assetText(row.code, row.issuer),
        isClawbackEnabled: row.is_clawback_enabled,
        code: row.code,
        issuer: row.issuer,
        isAuthorized: row.is_authorized,
      };
    case "sep41":
      return {
        __typename: "SEP41Balance",
        sponsor,
        lastModifiedLedger: row.is_held ? row.last_modified_ledger : 0,
        exists: exists && row.is_held,
        isArchived: row.is_archived,
        liveUntilLedger: row.live_until_ledger,
        isFrozen: row.is_frozen,
        balance: row.balance,
        spendable: spendable(row.balance, { isLocked }),
        tokenId: row.contract_id,
        tokenType: "SEP41",
        contractId: row.contract_id,
        decimals: row.decimals ?? 0,
        symbol: row.symbol,
        name: row.name,
        isClawbackEnabled: false,
        source: row.read_from,
        asOfLedger: row.as_of_ledger,
        eventsDiffer: row.events_differ,
      };
    case "lp":
      return {
        __typename: "LiquidityPoolBalance",
        sponsor,
        lastModifiedLedger: row.last_modified_ledger,
        exists,
        isArchived: row.is_archived,
        liveUntilLedger: row.live_until_ledger,
        isFrozen: row.is_frozen,
        balance: decimalAmount(row.balance),
        spendable: decimalAmount(spendable(row.balance, { isLocked })),
        tokenId: row.key,
        tokenType: "LIQUIDITY_POOL",
        contractId: null,
        decimals: ASSET_DECIMALS,
        symbol: null,
        name: null,
        isClawbackEnabled: false,
        reserves: [
          { asset: row.asset_a, amount: decimalAmount(row.amount_a) },
          { asset: row.asset_b, amount: decimalAmount(row.amount_b) },
        ],
      };
  }
}
