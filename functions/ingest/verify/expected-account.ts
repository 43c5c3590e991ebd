import { encodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { int64, type Words } from "../../shared/xdr/words.ts";
import type { AccountRow } from "../indexer/rows.ts";

/** What an account's row says but its key, as one text. */
export function accountText(row: AccountRow): string {
  const address = (found: { text: string } | null): string => found?.text ?? "none";
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
    `"${Buffer.from(row.homeDomain ?? []).toString("latin1")}"`,
    address(row.inflationDestination),
    address(row.sponsor),
    ...row.signers.map(({ key, weight, sponsor }) => `${key.text}=${weight}/${address(sponsor)}`),
  ].join(" ");
}

/**
 * The same of the AccountEntry at word `p`, with the LedgerEntryExt behind it: read field by field in the order of the XDR (Stellar-ledger-entries.x),
 * by nothing but the words.
 */
export function accountEntryText(ledger: Ledger, p: number): string {
  const at = new Cursor(ledger, p);
  at.publicKey();
  const balance = at.int64();
  const sequenceNumber = at.int64();
  const numSubentries = at.uint32();
  const inflationDestination = at.optionalPublicKey();
  const flags = at.uint32();
  const homeDomain = `"${at.opaque().toString("latin1")}"`;
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
  const sponsor = at.uint32() === 1 ? at.optionalPublicKey() : "none";
  return [
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
