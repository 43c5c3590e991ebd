import { hash as digest } from "node:crypto";
import { assetUuid } from "../../../shared/columns/uuid5.ts";
import { StrkeyVersion } from "../../../shared/strkey.ts";
import { accountAt, addressAt } from "../../../shared/xdr/addresses.ts";
import { elements, skipOpaque, XdrError, type Words } from "../../../shared/xdr/words.ts";
import {
  AssetType,
  ContractDataDurability,
  LedgerEntryType,
  readFrozenLedgerKeys,
  readLedgerKeyContractData,
  ScValType,
  skipLedgerKey,
} from "../../../shared/xdr/xdr.generated.ts";
import { entryData } from "../../ledger/changes.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { assetCodeAt, issuerAt } from "../assets.ts";
import type { FrozenKeyRow } from "../rows.ts";

const UNBOUNDED = 0xffffffff;

/**
 * The ledger keys that the network has frozen (CAP-77). An upgrade names what comes and what goes; the entry of the setting, whose
 * LedgerEntry is at word `entry`, has the whole list that results.
 */
export function frozenKeys(ledger: Ledger, entry: number): FrozenKeyRow[] {
  const { x, bytes } = ledger;
  // Behind the id of the setting.
  const { keys } = readFrozenLedgerKeys(x, entryData(entry) + 1);
  return elements(x, keys, (_, p) => skipOpaque(x, p, UNBOUNDED)).map((p) => {
    const key = bytes.subarray((p + 1) * 4, (p + 1) * 4 + (x[p]! >>> 0));
    return { keyHash: digest("sha256", key, "buffer"), key, ...subject(x, p + 1, key.length) };
  });
}

type Subject = Pick<FrozenKeyRow, "account" | "assetId">;
const OTHER: Subject = { account: null, assetId: null };

/** Whose account, trustline or contract instance the LedgerKey of so many bytes at word `p` names. */
function subject(x: Words, p: number, length: number): Subject {
  if (!isLedgerKey(x, p, length)) return OTHER;
  switch (x[p]) {
    case LedgerEntryType.account:
      return { account: accountAt(x, p + 2), assetId: null };
    case LedgerEntryType.trustline: {
      const asset = p + 10;
      const issuer = x[asset] === AssetType.assetTypePoolShare ? null : issuerAt(x, asset);
      return issuer === null ? OTHER : { account: accountAt(x, p + 2), assetId: assetUuid(assetCodeAt(x, asset), issuer.text) };
    }
    case LedgerEntryType.contractData: {
      const { contract, key, durability } = readLedgerKeyContractData(x, p + 1);
      const isInstance = x[key] === ScValType.scvLedgerKeyContractInstance && durability === ContractDataDurability.persistent;
      return isInstance && x[contract] === 1 ? { account: addressAt(x, contract + 1, StrkeyVersion.contract), assetId: null } : OTHER;
    }
    default:
      return OTHER;
  }
}

/** The keys are opaque bytes to the strict reader: what the network accepts there may be newer than it. */
function isLedgerKey(x: Words, p: number, length: number): boolean {
  const { depth } = x;
  try {
    return skipLedgerKey(x, p) === p + length / 4;
  } catch (error) {
    // A walk that fails does not leave the values that it was in.
    x.depth = depth;
    if (error instanceof XdrError) return false;
    throw error;
  }
}
