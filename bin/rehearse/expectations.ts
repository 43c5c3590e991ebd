import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { transactionOfToid } from "../../functions/shared/columns/toid.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";

/** A transaction as the API must show it. */
export interface ExpectedTransaction {
  hash: string;
  ledgerNumber: number;
  /** Stroops. */
  feeCharged: string;
  resultCode: string;
  operations: number;
}

/** What the API must say, worked out of the ledgers without the packaged functions and without the database. */
export interface Expectations {
  first: number;
  last: number;
  ledgers: number;
  /** Some of the first and of the last ledger. */
  transactions: ExpectedTransaction[];
  /** The account with most transactions in the last ledger, these, and its XLM afterwards in stroops. */
  busiest: { address: string; hashes: string[]; balance: bigint };
}

const SAMPLES_A_LEDGER = 5;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function sample({ header, transactions, operations }: LedgerRows): ExpectedTransaction[] {
  const step = Math.max(1, Math.floor(transactions.length / SAMPLES_A_LEDGER));
  return transactions
    .filter((_, at) => at % step === 0)
    .slice(0, SAMPLES_A_LEDGER)
    .map(({ toid, hash, feeCharged, resultCode }) => ({
      hash: hex(hash),
      ledgerNumber: header.sequence,
      feeCharged: String(feeCharged),
      resultCode,
      operations: operations.filter((operation) => transactionOfToid(operation.toid) === toid).length,
    }));
}

/** Among the accounts whose balance the ledger wrote; a fee is paid by every transaction, so there is one. */
function busiestAccount({ transactions, accounts: changed }: LedgerRows): Expectations["busiest"] {
  const [best] = changed
    .filter(({ op }) => op !== "REMOVE")
    .map(({ account, balance }) => ({
      address: account.text,
      hashes: transactions.filter(({ accounts }) => accounts.some(({ text }) => text === account.text)).map(({ hash }) => hex(hash)),
      balance,
    }))
    .sort((a, b) => b.hashes.length - a.hashes.length);
  return best!;
}

/** @param directory a data lake (SEP-54) */
export async function expectationsOf(directory: string, passphrase: string): Promise<Expectations> {
  const indexer = createIndexer(passphrase);
  const transactions: ExpectedTransaction[] = [];
  let first: number | undefined;
  let ledgers = 0;
  let rows: LedgerRows | undefined;
  for await (const { ledger } of fileSource(directory, { passphrase }).open(null, new AbortController().signal, { follow: false })) {
    rows = indexer.index(ledger);
    ledger.close();
    if (first === undefined) {
      first = ledger.sequence;
      transactions.push(...sample(rows));
    }
    ledgers++;
  }
  transactions.push(...sample(rows!));
  return { first: first!, last: rows!.header.sequence, ledgers, transactions, busiest: busiestAccount(rows!) };
}
