import { byteaBytes, byteaText } from "../../shared/columns/bytea.ts";
import { accountFlagNames, accountFlags } from "../../shared/columns/flags.ts";
import { readSigners } from "../../shared/columns/signers.ts";
import { readThresholds } from "../../shared/columns/thresholds.ts";
import { assetUuid } from "../../shared/columns/uuid5.ts";
import { encodeStrkey } from "../../shared/strkey.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { AccountRecordNode } from "../nodes/account-record.ts";
import type { Page } from "../pagination/page.ts";
import {
  type AccountDataRow,
  type AccountRecordRow,
  accountRecords,
  accountsOfSigner,
  dataOfAccounts,
} from "../queries/account-records.ts";
import { countTrustlines, isAssetKnown } from "../queries/assets.ts";
import { type AccountKey, addressText } from "../values/addresses.ts";
import { signerType } from "../values/signer-keys.ts";
import { formatTime } from "../values/time.ts";
import { Batcher, Batchers, group } from "./batcher.ts";
import type { Budget } from "./budget.ts";

interface KeyedAccount {
  id: string;
  account: AccountKey;
}

/** Holders of an asset are counted up to so many. */
const MOST_HOLDERS = 10_000;
/** What counting them costs, in rows: it is the index that is read. */
const ROWS_A_COUNT = 100;

/** Loads accounts' entries, signers and data, and what is known of assets: one statement a shape. */
export class RecordLoaders {
  readonly #snapshot: Snapshot;
  readonly #budget: Budget;
  readonly #records: Batcher<KeyedAccount, AccountRecordNode>;
  readonly #data = new Batchers();

  constructor(snapshot: Snapshot, budget: Budget) {
    this.#snapshot = snapshot;
    this.#budget = budget;
    this.#records = new Batcher(async (keys) => {
      budget.read(keys.length);
      const rows = await accountRecords(
        snapshot,
        keys.map(({ account }) => account),
      );
      return new Map(
        rows.map((row) => {
          const { id, account } = keys[row.ordinal - 1]!;
          return [id, recordNode(account, row)];
        }),
      );
    });
  }

  /** An account's entry, also of one that was removed; null when none has been seen. */
  async record(account: AccountKey): Promise<AccountRecordNode | null> {
    if (account.isContract) return null;
    return (await this.#records.load({ id: account.column, account })) ?? null;
  }

  /** A page of an account's data entries. */
  async data(account: AccountKey, page: Page<string>): Promise<AccountDataRow[]> {
    const batcher = this.#data.of<KeyedAccount, AccountDataRow[]>(JSON.stringify(page), async (keys) => {
      this.#budget.read(keys.length);
      const accounts = keys.map((key) => key.account);
      const rows = await dataOfAccounts(this.#snapshot, accounts, page);
      return group(
        rows,
        (row) => keys[row.ordinal - 1]!.id,
        (row) => row,
      );
    });
    return (await batcher.load({ id: account.column, account })) ?? [];
  }

  /** A page of the accounts that a key may sign for, by their columns. @param signer version byte and payload */
  async accountsOfSigner(signer: Uint8Array, page: Page<string>): Promise<string[]> {
    this.#budget.read(page.limit + 2);
    const mark = byteaText(Buffer.concat([Buffer.of(signer.length), signer]));
    const rows = await accountsOfSigner(this.#snapshot, byteaText(signer), mark, page);
    return rows.map(({ account_id }) => account_id);
  }

  /** Has a trustline to the asset, a claimable balance or an offer of it been seen? */
  isAssetKnown(code: string, issuer: string): Promise<boolean> {
    this.#budget.read(1);
    return isAssetKnown(this.#snapshot, assetUuid(code, issuer));
  }

  /** Accounts that trust the asset. */
  async holders(code: string, issuer: string): Promise<{ count: number; isCapped: boolean }> {
    this.#budget.read(ROWS_A_COUNT);
    const count = await countTrustlines(this.#snapshot, assetUuid(code, issuer), MOST_HOLDERS + 1);
    return { count: Math.min(count, MOST_HOLDERS), isCapped: count > MOST_HOLDERS };
  }
}

function recordNode(account: AccountKey, row: AccountRecordRow): AccountRecordNode {
  const { masterWeight, ...thresholds } = readThresholds(row.thresholds);
  const address = (column: string | null): string | null => (column === null ? null : addressText(column));
  return {
    account,
    sequence: row.sequence_number,
    sequenceLedger: row.sequence_ledger,
    sequenceTime: row.sequence_time === null ? null : formatTime(row.sequence_time),
    subentries: row.num_subentries,
    sponsoring: row.num_sponsoring,
    sponsored: row.num_sponsored,
    sponsor: address(row.sponsor),
    flags: accountFlagNames(accountFlags(row.flags)),
    thresholds,
    masterWeight,
    homeDomain: row.home_domain === null ? null : byteaBytes(row.home_domain).toString("utf8"),
    inflationDestination: address(row.inflation_destination),
    signers: readSigners(row.signers === null ? Buffer.alloc(0) : byteaBytes(row.signers)).map(({ key, weight, sponsor }) => ({
      key: encodeStrkey(key),
      type: signerType(key),
      weight,
      sponsor: sponsor === null ? null : encodeStrkey(sponsor),
    })),
    lastModifiedLedger: row.last_modified_ledger,
    removedLedger: row.removed_ledger,
  };
}
