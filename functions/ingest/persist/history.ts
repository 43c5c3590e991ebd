import { hashPrefixHigh, hashPrefixLow } from "../../shared/columns/hash-prefix.ts";
import { nativeContract } from "../../shared/columns/contract-id.ts";
import { PayloadEncoder } from "../../shared/columns/history/payload-encoder.ts";
import { transactionOfToid } from "../../shared/columns/toid.ts";
import type { LedgerRows, OperationRow, StateChangeRow } from "../indexer/rows.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { sortFew } from "../ledger/sort-few.ts";
import type { AccountKeys } from "./account-keys.ts";
import { AccountLinks, type Time } from "./account-links.ts";
import { BinaryCopy } from "./binary-copy.ts";
import type { CopyIn } from "./multi-copy.ts";

/** Seconds from 1970 to PostgreSQL's epoch, 2000-01-01. */
const POSTGRES_EPOCH = 946_684_800n;

const COLUMNS = {
  transactions: "to_id, ledger_created_at, hash, payload",
  transaction_hashes: "hash_prefix, to_id",
  account_links: "account_key, ledger_created_at, ledger_number, kinds, refs",
} as const;

/** What the encoding of history depends on besides the rows. */
export interface HistoryFormat {
  networkPassphrase: string;
  /** `account_key_secret` of the database. */
  accountKeySecret: Uint8Array;
  /** Keep the signatures of envelopes? */
  storeSignatures: boolean;
}

type Table = keyof typeof COLUMNS;
const TABLES = Object.keys(COLUMNS) as Table[];

function byBytes(a: Address, b: Address): number {
  return Buffer.compare(a.bytes, b.bytes);
}

function addHash(hashes: BinaryCopy, hash: Uint8Array, sequence: number, toid: number): void {
  hashes.row(2);
  hashes.int64(hashPrefixHigh(hash), hashPrefixLow(hash));
  hashes.int64(sequence, toid);
}

/** Encodes the history of a ledger as binary COPYs. Holds its buffers, so one encoder serves one writer. */
export class HistoryEncoder {
  readonly #copies = Object.fromEntries(TABLES.map((table) => [table, new BinaryCopy()])) as Record<Table, BinaryCopy>;
  readonly #payloads: PayloadEncoder;
  readonly #keys: AccountKeys;

  /** @param keys those of the database */
  constructor({ networkPassphrase, storeSignatures }: HistoryFormat, keys: AccountKeys) {
    this.#payloads = new PayloadEncoder(nativeContract(networkPassphrase), storeSignatures);
    this.#keys = keys;
  }

  /** The COPYs of one ledger, valid until the next call. */
  encode(rows: LedgerRows): CopyIn[] {
    for (const table of TABLES) this.#copies[table].reset();
    const micros = (rows.header.closedAt - POSTGRES_EPOCH) * 1_000_000n;
    this.#add(rows, { high: Number(micros >> 32n), low: Number(BigInt.asIntN(32, micros)) });
    return TABLES.map((table) => ({
      statement: `copy ${table} (${COLUMNS[table]}) from stdin (format binary)`,
      data: this.#copies[table].finish(),
    }));
  }

  #add({ header, transactions, operations, stateChanges }: LedgerRows, time: Time): void {
    const { transactions: fat, transaction_hashes: hashes, account_links: copy } = this.#copies;
    const links = new AccountLinks(this.#keys);
    let operationsEnd = 0;
    let changesEnd = 0;
    for (const row of transactions) {
      const [firstOperation, firstChange] = [operationsEnd, changesEnd];
      while (operationsEnd < operations.length && transactionOfToid(operations[operationsEnd]!.toid) === row.toid) operationsEnd++;
      while (changesEnd < stateChanges.length && stateChanges[changesEnd]!.transaction === row.toid) changesEnd++;
      const own: OperationRow[] = operations.slice(firstOperation, operationsEnd);
      const changes: StateChangeRow[] = stateChanges.slice(firstChange, changesEnd);
      sortFew(row.accounts, byBytes);
      for (const { accounts } of own) sortFew(accounts, byBytes);
      links.add(row, own, changes);
      fat.row(4);
      fat.int64(header.sequence, row.toid);
      fat.int64(time.high, time.low);
      fat.bytes(row.hash);
      fat.bytes(this.#payloads.encode({ ...row, operations: own, stateChanges: changes }, row.envelope));
      addHash(hashes, row.hash, header.sequence, row.toid);
      if (row.innerHash) addHash(hashes, row.innerHash, header.sequence, row.toid);
    }
    if (operationsEnd !== operations.length || changesEnd !== stateChanges.length)
      throw new Error("rows of a ledger are not in the order of its transactions");
    links.write(copy, header.sequence, time);
  }
}
