import { hash as digest } from "node:crypto";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { accountAt, addressAt } from "../../shared/xdr/addresses.ts";
import type { FrozenKeyRow, LedgerRows, LedgerUpgradeRow } from "../indexer/rows.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import {
  ConfigSettingId,
  LedgerEntryChangeType,
  LedgerEntryType,
  LedgerUpgradeType,
  ScValType,
  skipLedgerEntryChange,
} from "../../shared/xdr/xdr.generated.ts";
import { upgradesOf } from "./change-lists.ts";
import type { EntryStates } from "./entry-states.ts";
import type { Problem } from "./verify-ledger.ts";

/** The upgrades of a ledger, and the keys that are frozen after it, against what the ledger says. */
export function upgradeProblems(rows: LedgerRows, ledger: Ledger, states: readonly EntryStates[]): Problem[] {
  const problems: Problem[] = [];
  const check = (name: string, expected: string[] | null, found: string[] | null): void => {
    const [said, told] = [expected, found].map((texts) => texts?.join("; ") ?? null) as [string | null, string | null];
    if (said !== told) problems.push({ ledger: rows.header.sequence, check: name, key: "", expected: said, found: told });
  };
  check(
    "ledger_upgrades",
    upgradesOf(ledger).map(({ upgrade, changes }, i) => upgradeText(ledger, i + 1, upgrade, changes)),
    rows.ledgerUpgrades.map(rowText),
  );
  const setting = states.find(
    ({ type, changed, keyStart }) =>
      type === LedgerEntryType.configSetting && changed && ledger.x[keyStart] === ConfigSettingId.configSettingFrozenLedgerKeys,
  );
  check("frozen_keys", setting && setting.last !== 0 ? frozenTexts(ledger, setting.last) : null, rows.frozenKeys?.map(frozenText) ?? null);
  return problems;
}

/** LedgerUpgradeType in our words. */
const TYPES = ["", "VERSION", "BASE_FEE", "MAX_TX_SET_SIZE", "BASE_RESERVE", "FLAGS", "CONFIG", "MAX_SOROBAN_TX_SET_SIZE"];

function upgradeText({ x, bytes }: Ledger, ordinal: number, upgrade: number, changes: number): string {
  const type = x[upgrade]!;
  const value =
    type === LedgerUpgradeType.ledgerUpgradeConfig
      ? `${addressAt(x, upgrade + 1, StrkeyVersion.contract).text} ${hex(bytesAt(bytes, upgrade + 9, 8))}`
      : String(x[upgrade + 1]! >>> 0);
  const before = new Map<number, string>();
  const after = new Map<number, string>();
  let at = changes + 1;
  for (let n = x[changes]!; n > 0; n--) {
    const [kind, entry] = [x[at]!, at + 1];
    at = skipLedgerEntryChange(x, at);
    if (kind === LedgerEntryChangeType.ledgerEntryRemoved || x[entry + 1] !== LedgerEntryType.configSetting) continue;
    // From the id of the setting on.
    const text = hex(bytesAt(bytes, entry + 2, at - entry - 2));
    if (kind === LedgerEntryChangeType.ledgerEntryState) before.set(x[entry + 2]!, text);
    else after.set(x[entry + 2]!, text);
  }
  const settings = [...after].filter(([id, text]) => before.get(id) !== text).map(([id]) => id);
  return `${ordinal} ${TYPES[type]} ${value} ${settings.sort((a, b) => a - b).join()}`;
}

function rowText({ ordinal, type, value, contract, contentHash, settings }: LedgerUpgradeRow): string {
  return `${ordinal} ${type} ${value ?? `${contract!.text} ${hex(contentHash!)}`} ${settings.join()}`;
}

/** The keys that the ConfigSettingEntry in the LedgerEntry at `entry` lists. */
function frozenTexts(ledger: Ledger, entry: number): string[] {
  const { x } = ledger;
  const texts: string[] = [];
  let at = entry + 4;
  for (let n = x[entry + 3]!; n > 0; n--) {
    const length = x[at]! >>> 0;
    const key = Buffer.from(ledger.bytes.subarray((at + 1) * 4, (at + 1) * 4 + length));
    texts.push(`${digest("sha256", key, "hex")} ${hex(key)} ${subjectOf(ledger, at + 1, length)}`);
    at += 1 + Math.ceil(length / 4);
  }
  return texts;
}

/** Whose entry a key names, by its type and the length that keys of the type have. */
function subjectOf({ x }: Ledger, p: number, length: number): string {
  const [type, words] = [x[p], length / 4];
  if (type === LedgerEntryType.account && words === 10) return accountAt(x, p + 2).text;
  // The code is one word or three, the issuer nine.
  if (type === LedgerEntryType.trustline && (words === 21 || words === 23)) return `${accountAt(x, p + 2).text} asset`;
  const isInstance = x[p + 1] === 1 && x[p + 10] === ScValType.scvLedgerKeyContractInstance && x[p + 11] === 1;
  if (type === LedgerEntryType.contractData && words === 12 && isInstance) return addressAt(x, p + 2, StrkeyVersion.contract).text;
  return "other";
}

function frozenText({ keyHash, key, account, assetId }: FrozenKeyRow): string {
  return `${hex(keyHash)} ${hex(key)} ${account?.text ?? "other"}${assetId === null ? "" : " asset"}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
