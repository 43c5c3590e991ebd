import { encodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { int64, type Words } from "../../shared/xdr/words.ts";
import { LedgerEntryType } from "../../shared/xdr/xdr.generated.ts";
import type { AccountRow, LedgerRows } from "../indexer/rows.ts";
import type { EntryStates } from "./entry-states.ts";

/** A row of the state, or what the ledger says that it must be: its key and its columns as one text. */
interface AccountText {
  table: "accounts" | "account_data";
  key: string;
  values: string;
  /** There need not be a row. */
  isOptional?: boolean;
}

const address = (found: { text: string } | null): string => found?.text ?? "none";
const quoted = (bytes: Uint8Array | null): string => `"${Buffer.from(bytes ?? []).toString("latin1")}"`;

/** Keys of signers that went with the ledger; `same` when no signer came, went or got another weight. */
function goneText(gone: readonly string[] | null): string {
  return gone === null ? "same" : `gone(${[...gone].sort().join()})`;
}

/** What the rows of accounts and their data say. */
export function accountTexts({ accounts, accountData }: LedgerRows): AccountText[] {
  return [
    ...accounts.map((row): AccountText => {
      const gone = goneText(row.goneSigners && row.goneSigners.map(({ text }) => text));
      return { table: "accounts", key: row.account.text, values: `${row.op === "REMOVE" ? REMOVED : accountText(row)} ${gone}` };
    }),
    ...accountData.map(({ account, op, name, value, sponsor }): AccountText => ({
      table: "account_data",
      key: `${account.text}/${quoted(name)}`,
      values: op === "REMOVE" ? REMOVED : `${quoted(value)} ${address(sponsor)}`,
    })),
  ];
}

function accountText(row: AccountRow): string {
  return [
    row.balance,
    row.buyingLiabilities,
    row.sellingLiabilities,
    row.numSubentries,
    row.numSponsoring,
    row.numSponsored,
    row.sequenceNumber,
    row.sequenceLedger ?? "none",
    row.sequenceTime ?? "none",
    row.flags >>> 0,
    row.thresholds >>> 0,
    quoted(row.homeDomain),
    address(row.inflationDestination),
    address(row.sponsor),
    ...row.signers.map(({ key, weight, sponsor }) => `${key.text}=${weight}/${address(sponsor)}`),
  ].join(" ");
}

const REMOVED = "removed";

/**
 * The row of an account or data entry that the ledger changed; a data entry that the ledger made and removed need not have one. Read field
 * by field in the order of the XDR (Stellar-ledger-entries.x).
 */
export function expectedText(ledger: Ledger, { type, first, existed, last, lastSeen }: EntryStates): AccountText {
  const p = (last || lastSeen) + 2;
  if (type === LedgerEntryType.account) {
    const key = new Cursor(ledger, p).publicKey();
    const before = first === 0 ? [] : accountEntry(ledger, first + 2).signers;
    const { text, signers } = accountEntry(ledger, p);
    const after = last === 0 ? [] : signers;
    const keys = (list: readonly string[]): string[] => list.map((signer) => signer.split("=")[0]!);
    const gone = keys(before).filter((signer) => !keys(after).includes(signer));
    return { table: "accounts", key, values: `${last === 0 ? REMOVED : text} ${goneText(before.join() === after.join() ? null : gone)}` };
  }
  const at = new Cursor(ledger, p);
  const key = `${at.publicKey()}/${quoted(at.opaque())}`;
  const value = quoted(at.opaque());
  at.uint32();
  return { table: "account_data", key, values: last === 0 ? REMOVED : `${value} ${at.sponsor()}`, isOptional: last === 0 && !existed };
}

/** What the AccountEntry at word `p`, with the LedgerEntryExt behind it, says; its signers as key and weight. */
function accountEntry(ledger: Ledger, p: number): { text: string; signers: string[] } {
  const at = new Cursor(ledger, p);
  at.publicKey();
  const balance = at.int64();
  const sequenceNumber = at.int64();
  const numSubentries = at.uint32();
  const inflationDestination = at.optionalPublicKey();
  const flags = at.uint32();
  const homeDomain = quoted(at.opaque());
  const thresholds = at.uint32();
  const signers = at.list(() => `${at.signerKey()}=${at.uint32()}`);
  let liabilities = [0n, 0n];
  let [numSponsored, numSponsoring] = [0, 0];
  let signerSponsors: string[] = [];
  let sequence: (string | number | bigint)[] = ["none", "none"];
  if (at.uint32() === 1) {
    liabilities = [at.int64(), at.int64()];
    if (at.uint32() === 2) {
      [numSponsored, numSponsoring] = [at.uint32(), at.uint32()];
      signerSponsors = at.list(() => at.optionalPublicKey());
      if (at.uint32() === 3) {
        at.uint32();
        sequence = [at.uint32(), at.int64()];
      }
    }
  }
  const sponsor = at.sponsor();
  const text = [
    balance,
    ...liabilities,
    numSubentries,
    numSponsoring,
    numSponsored,
    sequenceNumber,
    ...sequence,
    flags,
    thresholds,
    homeDomain,
    inflationDestination,
    sponsor,
    ...signers.map((signer, i) => `${signer}/${signerSponsors[i] ?? "none"}`),
  ].join(" ");
  return { text, signers };
}

/** Reads XDR values one behind the other. */
class Cursor {
  readonly #x: Words;
  readonly #bytes: Uint8Array;
  #at: number;

  constructor({ x, bytes }: Ledger, p: number) {
    this.#x = x;
    this.#bytes = bytes;
    this.#at = p;
  }

  uint32(): number {
    return this.#x[this.#at++]! >>> 0;
  }

  int64(): bigint {
    this.#at += 2;
    return int64(this.#x, this.#at - 2);
  }

  /** Bytes of so many words. */
  fixed(words: number): Buffer {
    this.#at += words;
    return Buffer.from(bytesAt(this.#bytes, this.#at - words, words));
  }

  opaque(): Buffer {
    const length = this.uint32();
    return this.fixed(Math.ceil(length / 4)).subarray(0, length);
  }

  list<Element>(read: () => Element): Element[] {
    return Array.from({ length: this.uint32() }, read);
  }

  publicKey(): string {
    this.uint32();
    return this.#strkey(StrkeyVersion.account, this.fixed(8));
  }

  optionalPublicKey(): string {
    return this.uint32() === 1 ? this.publicKey() : "none";
  }

  /** Who pays for the entry, by the LedgerEntryExt. */
  sponsor(): string {
    return this.uint32() === 1 ? this.optionalPublicKey() : "none";
  }

  signerKey(): string {
    const type = this.uint32();
    const key = this.fixed(8);
    if (type !== 3) return this.#strkey([StrkeyVersion.account, StrkeyVersion.preAuthTransaction, StrkeyVersion.hashX][type]!, key);
    // The payload as XDR has it: length, bytes and padding (SEP-23).
    const length = this.uint32();
    const words = Buffer.alloc(4);
    words.writeUInt32BE(length);
    return this.#strkey(StrkeyVersion.signedPayload, Buffer.concat([key, words, this.fixed(Math.ceil(length / 4))]));
  }

  #strkey(version: number, payload: Uint8Array): string {
    return encodeStrkey(Buffer.concat([Buffer.of(version), payload]));
  }
}
