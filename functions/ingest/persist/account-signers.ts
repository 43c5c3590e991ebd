import { hash as digest } from "node:crypto";
import type { Database } from "../../shared/database/session.ts";
import type { Address } from "../../shared/xdr/address.ts";
import type { AccountRow } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import { FactTable, type Pending } from "./state-table.ts";

/** A signer of an account. */
interface SignerLink {
  signer: Address;
  account: Address;
}

/** Who signs for whom. */
const accountSigners = new FactTable<SignerLink>({
  table: "account_signers",
  key: [
    { name: "signer", type: "bytea", read: (row) => row.signer.bytes },
    { name: "account_id", type: "bytea", read: (row) => row.account.bytes },
  ],
  values: [],
});

/** Accounts whose signers are remembered as written; forgotten together when there are more. */
const MAX_REMEMBERED = 100_000;

/** Which accounts' signers a process has written, so that it does not write them with every ledger that touches the account. */
export class WrittenSigners {
  /** By account, a digest of its signers. */
  readonly #written = new Map<string, string>();

  /**
   * The accounts of a ledger whose signers are to be written: those that it changed, and those that nobody here has written. Changed ones
   * are forgotten, and not remembered before a ledger shows them unchanged: one that was prepared before may still be on its way.
   */
  unwritten(accounts: readonly AccountRow[]): AccountRow[] {
    for (const { account, goneSigners } of accounts) if (goneSigners !== null) this.#written.delete(account.text);
    return accounts.filter(
      (row) =>
        row.removedLedger === null &&
        row.signers.length > 0 &&
        (row.goneSigners !== null || this.#written.get(row.account.text) !== digestOf(row)),
    );
  }

  /** @param accounts whose signers were committed */
  remember(accounts: readonly AccountRow[]): void {
    if (this.#written.size + accounts.length > MAX_REMEMBERED) this.clear();
    for (const row of accounts) if (row.goneSigners === null) this.#written.set(row.account.text, digestOf(row));
  }

  clear(): void {
    this.#written.clear();
  }
}

function digestOf({ signers }: AccountRow): string {
  return digest("sha256", Buffer.concat(signers.map(({ key }) => key.bytes)), "base64");
}

/**
 * The statements of a ledger's signers: none when no signer came, went or was first seen. Whoever has a signer has its row, whatever
 * was written before; a row of a signer that is none any more goes, but for ledgers that do not follow one another.
 * @param unwritten by `WrittenSigners`
 */
export function writeSigners(sql: Database, accounts: readonly AccountRow[], unwritten: readonly AccountRow[]): Pending {
  const gone = accounts.flatMap(({ account, goneSigners }) => (goneSigners ?? []).map((signer) => ({ signer, account })));
  const links = unwritten.flatMap(({ account, signers }) => signers.map(({ key }) => ({ signer: key, account })));
  return [...deleteSigners(sql, gone), ...accountSigners.write(sql, links)];
}

function deleteSigners(sql: Database, gone: readonly SignerLink[]): Pending {
  if (gone.length === 0) return [];
  const { bytea } = arrayText;
  return [
    sql`
      delete from account_signers s
      using unnest(${bytea(gone.map((g) => g.signer.bytes))}::bytea[], ${bytea(gone.map((g) => g.account.bytes))}::bytea[]) as gone (signer, account_id)
      where s.signer = gone.signer and s.account_id = gone.account_id`,
  ];
}
