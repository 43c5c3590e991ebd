import { StrkeyVersion } from "../../shared/strkey.ts";
import { addressAt } from "../../shared/xdr/addresses.ts";
import { elements, sameWords, type Words } from "../../shared/xdr/words.ts";
import {
  LedgerEntryType,
  LedgerUpgradeType,
  readLedgerEntry,
  readUpgradeEntryMeta,
  skipUpgradeEntryMeta,
} from "../../shared/xdr/xdr.generated.ts";
import { entryData, pairChanges, type Change } from "../ledger/changes.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import type { LedgerUpgradeRow } from "./rows.ts";

/** By LedgerUpgradeType. */
const TYPES: Readonly<Record<number, LedgerUpgradeRow["type"]>> = {
  [LedgerUpgradeType.ledgerUpgradeVersion]: "VERSION",
  [LedgerUpgradeType.ledgerUpgradeBaseFee]: "BASE_FEE",
  [LedgerUpgradeType.ledgerUpgradeMaxTxSetSize]: "MAX_TX_SET_SIZE",
  [LedgerUpgradeType.ledgerUpgradeBaseReserve]: "BASE_RESERVE",
  [LedgerUpgradeType.ledgerUpgradeFlags]: "FLAGS",
  [LedgerUpgradeType.ledgerUpgradeConfig]: "CONFIG",
  [LedgerUpgradeType.ledgerUpgradeMaxSorobanTxSetSize]: "MAX_SOROBAN_TX_SET_SIZE",
};

/** The upgrades that the validators voted for and the ledger applied, in their order. */
export function ledgerUpgrades({ x, bytes, upgradesProcessing }: Ledger): LedgerUpgradeRow[] {
  return elements(x, upgradesProcessing, skipUpgradeEntryMeta).map((p, i) => {
    const { upgrade, changes } = readUpgradeEntryMeta(x, p);
    const isConfig = x[upgrade] === LedgerUpgradeType.ledgerUpgradeConfig;
    return {
      ordinal: i + 1,
      type: TYPES[x[upgrade]!]!,
      value: isConfig ? null : BigInt(x[upgrade + 1]! >>> 0),
      contract: isConfig ? addressAt(x, upgrade + 1, StrkeyVersion.contract) : null,
      contentHash: isConfig ? bytesAt(bytes, upgrade + 9, 8) : null,
      settings: changedSettings(x, pairChanges(x, changes)),
    };
  });
}

/** Ids of the settings that have another value than before: a set of them repeats those that stay. */
function changedSettings(x: Words, changes: readonly Change[]): number[] {
  const settings = new Set<number>();
  for (const { type, pre, post } of changes) {
    if (type !== LedgerEntryType.configSetting || post === 0) continue;
    if (pre === 0 || !sameSetting(x, pre, post)) settings.add(x[entryData(post)]!);
  }
  return [...settings].sort((a, b) => a - b);
}

function sameSetting(x: Words, pre: number, post: number): boolean {
  const [before, after] = [entryData(pre), entryData(post)];
  const length = readLedgerEntry(x, pre).ext - before;
  return readLedgerEntry(x, post).ext - after === length && sameWords(x, before, after, length);
}
