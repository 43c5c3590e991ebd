import { hashPrefixHigh, hashPrefixLow } from "../../shared/columns/hash-prefix.ts";
import type { Address } from "../ledger/address.ts";
import { NO_OPERATION } from "../../shared/columns/toid.ts";
import type { LedgerRows, StateChangeRow } from "../indexer/rows.ts";
import { sortFew } from "../ledger/sort-few.ts";
import { AccountLinks, type Time } from "./account-links.ts";
import { BinaryCopy } from "./binary-copy.ts";
import type { CopyIn } from "./multi-copy.ts";

/** Seconds from 1970 to PostgreSQL's epoch, 2000-01-01. */
const POSTGRES_EPOCH = 946_684_800n;

const COLUMNS = {
  transactions: "to_id, ledger_created_at, ledger_number, fee_charged, is_fee_bump, hash, result_code, accounts",
  transaction_hashes: "hash_prefix, to_id",
  transactions_accounts: "account_key, ledger_created_at, tx_to_ids",
  operations: "id, ledger_created_at, ledger_number, successful, operation_type, result_code, operation_xdr, accounts",
  operations_accounts: "account_key, ledger_created_at, operation_ids",
  state_changes: `to_id, operation_id, state_change_id, ledger_created_at, account_key, ledger_number, account_id,
    state_change_category, state_change_reason, token_id, amount, signer_account_id, spender_account_id, creator_account_id,
    destination_account_id, liquidity_pool_id, signer_weight_old, signer_weight_new, threshold, threshold_old, threshold_new,
    trustline_limit_old, trustline_limit_new, flags, data_entry_name, key_value, to_muxed_id`,
} as const;

type Table = keyof typeof COLUMNS;
const TABLES = Object.keys(COLUMNS) as Table[];

function byBytes(a: Address, b: Address): number {
  const difference = a.bytes[0]! - b.bytes[0]! || (a.keyHigh >>> 0) - (b.keyHigh >>> 0);
  return difference || Buffer.compare(a.bytes, b.bytes);
}

/** Encodes the history of a ledger as binary COPYs. Holds its buffers, so one encoder serves one writer. */
export class HistoryEncoder {
  readonly #copies = Object.fromEntries(TABLES.map((table) => [table, new BinaryCopy()])) as Record<Table, BinaryCopy>;

  /** The COPYs of one ledger, valid until the next call. */
  encode(rows: LedgerRows): CopyIn[] {
    for (const table of TABLES) this.#copies[table].reset();
    const micros = (rows.header.closedAt - POSTGRES_EPOCH) * 1_000_000n;
    const time: Time = { high: Number(micros >> 32n), low: Number(BigInt.asIntN(32, micros)) };
    this.#transactions(rows, time);
    this.#operations(rows, time);
    this.#stateChanges(rows, time);
    return TABLES.map((table) => ({
      statement: `copy ${table} (${COLUMNS[table]}) from stdin (format binary)`,
      data: this.#copies[table].finish(),
    }));
  }

  #transactions({ header, transactions }: LedgerRows, time: Time): void {
    const { transactions: fat, transactions_accounts: links, transaction_hashes: hashes } = this.#copies;
    const byAccount = new AccountLinks();
    for (const row of transactions) {
      const accounts = sortFew(row.accounts, byBytes);
      fat.row(8);
      fat.int64(header.sequence, row.toid);
      fat.int64(time.high, time.low);
      fat.int32(header.sequence);
      fat.bigint(row.feeCharged);
      fat.bool(row.isFeeBump);
      fat.bytes(row.hash);
      fat.code(row.resultCode);
      fat.bytesArray(accounts.map((account) => account.bytes));
      byAccount.add(accounts, row.toid);
      hashes.row(2);
      hashes.int64(hashPrefixHigh(row.hash), hashPrefixLow(row.hash));
      hashes.int64(header.sequence, row.toid);
    }
    byAccount.write(links, header.sequence, time);
  }

  #operations({ header, operations }: LedgerRows, time: Time): void {
    const { operations: fat, operations_accounts: links } = this.#copies;
    const byAccount = new AccountLinks();
    for (const row of operations) {
      const accounts = sortFew(row.accounts, byBytes);
      fat.row(8);
      fat.int64(header.sequence, row.toid);
      fat.int64(time.high, time.low);
      fat.int32(header.sequence);
      fat.bool(row.successful);
      fat.code(row.operationType);
      fat.code(row.resultCode);
      fat.bytes(row.operationXdr);
      fat.bytesArray(accounts.map((account) => account.bytes));
      byAccount.add(accounts, row.toid);
    }
    byAccount.write(links, header.sequence, time);
  }

  #stateChanges({ header, stateChanges }: LedgerRows, time: Time): void {
    const copy = this.#copies.state_changes;
    for (const row of stateChanges) {
      copy.row(27);
      copy.int64(header.sequence, row.transaction);
      copy.int64(row.operation === NO_OPERATION ? 0 : header.sequence, row.operation);
      copy.int64(Math.floor(row.stateChangeId / 2 ** 32), row.stateChangeId % 2 ** 32);
      copy.int64(time.high, time.low);
      copy.int64(row.account.keyHigh, row.account.keyLow);
      copy.int32(header.sequence);
      copy.bytes(row.account.bytes);
      copy.code(row.category);
      copy.code(row.reason);
      copy.bytes(row.tokenId?.bytes ?? null);
      copy.digits(row.amount);
      // Nearly all rows; their other columns are null.
      if (row.category === "BALANCE" && row.toMuxedId === null) copy.nulls(16);
      else addRareColumns(copy, row);
    }
  }
}

function addRareColumns(copy: BinaryCopy, row: StateChangeRow): void {
  copy.bytes(row.signer?.bytes ?? null);
  copy.bytes(row.spender?.bytes ?? null);
  copy.bytes(row.creator?.bytes ?? null);
  copy.bytes(row.destination?.bytes ?? null);
  copy.text(row.liquidityPoolId);
  copy.int16(row.signerWeightOld);
  copy.int16(row.signerWeightNew);
  copy.text(row.threshold);
  copy.int16(row.thresholdOld);
  copy.int16(row.thresholdNew);
  copy.text(row.trustlineLimitOld);
  copy.text(row.trustlineLimitNew);
  copy.int16(row.flags);
  copy.text(row.dataEntryName);
  copy.jsonb(row.keyValue);
  copy.digits(row.toMuxedId);
}
