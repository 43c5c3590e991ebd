import { crc32 } from "node:zlib";
import { StrkeyVersion } from "../../strkey.ts";
import { operationPlace } from "../toid.ts";
import { ByteWriter } from "./byte-writer.ts";
import { CreatedBalances } from "./created-balance.ts";
import { type CodeList, operationResults, operationTypes, stateChangeKindNumber, transactionResults } from "./codes.ts";
import {
  COMPUTED_REFERENCE,
  ENVELOPE_TYPES,
  HAS_COUNTERPARTY,
  HAS_RARE,
  HAS_SIGNATURES,
  HAS_TOKEN_AND_AMOUNT,
  HAS_TOKEN_EVENTS,
  HIGH_STREAM,
  isToldByEvents,
  PAYLOAD_FORMAT,
  RARE_FIELDS,
  REFERENCE_VERSIONS,
  STREAM,
  TOKEN_EVENTS,
  TOKEN_EVENTS_NUMBER,
} from "./payload-format.ts";
import type { RecordAddress, RecordEnvelope, RecordStateChange, RecordTransaction } from "./record.ts";

const REFERENCE_BY_VERSION = new Int8Array(256).fill(-1);
for (const [at, version] of REFERENCE_VERSIONS.entries()) REFERENCE_BY_VERSION[version] = at;

type RareField = (typeof RARE_FIELDS)[number]["name"];
const RARE_BIT = Object.fromEntries(RARE_FIELDS.map(({ name }, at) => [name, 1 << at])) as Record<RareField, number>;

/** Writes transactions as payloads of `transactions.payload` (docs/history-format.md). Holds its buffers: one encoder a writer. */
export class PayloadEncoder {
  readonly #native: Uint8Array;
  readonly #withSignatures: boolean;
  readonly #writer = new ByteWriter();
  readonly #addresses = new Map<RecordAddress, number>();
  readonly #table: RecordAddress[] = [];
  /** The claimable balances among them, with the place of the operation whose change has it. */
  readonly #claimableBalances = new Map<RecordAddress, number>();

  /**
   * @param native the contract of XLM on this network (version byte and id), which belongs to nearly every transaction and is in no XDR
   * @param withSignatures keep the envelope's signatures
   */
  constructor(native: Uint8Array, withSignatures: boolean) {
    this.#native = native;
    this.#withSignatures = withSignatures;
  }

  /** @returns the payload, valid until the next call */
  encode(transaction: RecordTransaction<RecordAddress>, envelope: RecordEnvelope): Buffer {
    const writer = this.#writer;
    writer.reset();
    writer.byte(PAYLOAD_FORMAT);
    writer.byte(
      ENVELOPE_TYPES.indexOf(envelope.type) |
        (this.#withSignatures ? HAS_SIGNATURES : 0) |
        (transaction.stateChanges.some(isToldByEvents) ? HAS_TOKEN_EVENTS : 0),
    );
    writer.bigint(transaction.feeCharged);
    this.#code(transactionResults, transaction.resultCode);
    this.#envelope(envelope);
    this.#collect(transaction);
    this.#writeAddresses(envelope);
    writer.uint(transaction.accounts.length);
    this.#operations(transaction, envelope.transaction);
    this.#stateChanges(transaction.stateChanges);
    writer.uint32(crc32(writer.finish()));
    return writer.finish();
  }

  #envelope({ feeBump, transaction, signatures, feeBumpSignatures }: RecordEnvelope): void {
    const writer = this.#writer;
    if (feeBump) writer.bytes(feeBump);
    writer.bytes(transaction);
    if (!this.#withSignatures) return;
    writer.bytes(signatures);
    if (feeBumpSignatures) writer.bytes(feeBumpSignatures);
  }

  /** The table begins with the participants of the transaction: their number alone says who they are. */
  #collect({ accounts, operations, stateChanges }: RecordTransaction<RecordAddress>): void {
    this.#addresses.clear();
    this.#claimableBalances.clear();
    this.#table.length = 0;
    for (const account of accounts) this.#add(account);
    for (const operation of operations) for (const account of operation.accounts) this.#add(account);
    let before: RecordStateChange<RecordAddress> | null = null;
    for (const change of stateChanges) {
      // The mirror of a change has the same addresses.
      if (before === null || !isMirrorOf(change, before)) {
        this.#add(change.account);
        if (change.tokenId) this.#add(change.tokenId);
        if (change.counterparty) this.#addCounterparty(change.counterparty, change);
      }
      before = change;
      if (change.signer) this.#add(change.signer);
      if (change.spender) this.#add(change.spender);
      if (change.creator) this.#add(change.creator);
      if (change.destination) this.#add(change.destination);
    }
  }

  #add(address: RecordAddress): void {
    if (this.#addresses.has(address)) return;
    this.#addresses.set(address, this.#table.length);
    this.#table.push(address);
  }

  #addCounterparty(counterparty: RecordAddress, { operation }: RecordStateChange<RecordAddress>): void {
    this.#add(counterparty);
    if (counterparty.bytes[0] === StrkeyVersion.claimableBalance) this.#claimableBalances.set(counterparty, operationPlace(operation));
  }

  #writeAddresses({ type, transaction: xdr }: RecordEnvelope): void {
    const writer = this.#writer;
    const created = this.#claimableBalances.size > 0 && CreatedBalances.hasSource(xdr) ? new CreatedBalances(type, xdr) : null;
    writer.uint(this.#table.length);
    for (const address of this.#table) {
      const { bytes } = address;
      if (bytes[0] === StrkeyVersion.contract && Buffer.compare(bytes, this.#native) === 0) {
        writer.uint(COMPUTED_REFERENCE << 1);
        continue;
      }
      const place = created === null ? 0 : (this.#claimableBalances.get(address) ?? 0);
      if (place > 0 && created!.isAddress(place, bytes)) {
        writer.uint((place * 4 + COMPUTED_REFERENCE) * 2);
        continue;
      }
      const kind = bytes.length === 33 ? REFERENCE_BY_VERSION[bytes[0]!]! : -1;
      const offset = kind < 0 ? -1 : keyOffset(xdr, bytes);
      if (offset >= 0) writer.uint((offset * 4 + kind) * 2);
      else {
        writer.uint(bytes.length * 2 + 1);
        writer.raw(bytes);
      }
    }
  }

  #reference(address: RecordAddress): void {
    this.#writer.uint(this.#addresses.get(address)!);
  }

  #operations({ operations }: RecordTransaction<RecordAddress>, xdr: Uint8Array): void {
    const writer = this.#writer;
    writer.uint(operations.length);
    if (operations.length === 0) return;
    writer.uint(operations[0]!.operationXdr.byteOffset - xdr.byteOffset);
    for (const { operationXdr, operationType, resultCode, successful, accounts } of operations) {
      writer.uint(operationXdr.length * 2 + (successful ? 1 : 0));
      this.#code(operationTypes, operationType);
      this.#code(operationResults, resultCode);
      writer.uint(accounts.length);
      for (const account of accounts) this.#reference(account);
    }
  }

  #stateChanges(changes: readonly RecordStateChange<RecordAddress>[]): void {
    this.#writer.uint(changes.length);
    // The last change that was written with token, amount and counterparty, or as the mirror of one.
    let before: RecordStateChange<RecordAddress> | null = null;
    for (const change of changes) {
      const isMirror: boolean = before !== null && isMirrorOf(change, before);
      const hasBoth: boolean = isMirror || (change.tokenId !== null && change.amount !== null && isCanonical(change.amount));
      this.#stateChange(change, hasBoth, isMirror);
      before = hasBoth && change.counterparty !== null ? change : null;
    }
  }

  #stateChange(change: RecordStateChange<RecordAddress>, hasBoth: boolean, isMirror: boolean): void {
    const writer = this.#writer;
    const kind = stateChangeKindNumber(change);
    const rare = rareFields(change, hasBoth);
    const hasCounterparty = hasBoth && change.counterparty !== null;
    writer.byte(
      kind | (hasCounterparty ? HAS_COUNTERPARTY : 0) | (hasBoth && !isMirror ? HAS_TOKEN_AND_AMOUNT : 0) | (rare === 0 ? 0 : HAS_RARE),
    );
    if (kind === 0) {
      writer.text(change.category);
      writer.text(change.reason);
    }
    if (!isMirror) {
      writer.uint(operationPlace(change.operation));
      const stream = Math.floor(change.stateChangeId / STREAM);
      const number = stream < TOKEN_EVENTS_NUMBER ? stream : stream === TOKEN_EVENTS ? TOKEN_EVENTS_NUMBER : HIGH_STREAM;
      writer.uint((change.stateChangeId % STREAM) * (HIGH_STREAM + 1) + number);
      if (number === HIGH_STREAM) writer.uint(stream);
      this.#reference(change.account);
      if (hasBoth) {
        this.#reference(change.tokenId!);
        this.#amount(change.amount!);
        if (hasCounterparty) this.#reference(change.counterparty!);
      }
    }
    if (rare !== 0) this.#rareFields(change, rare);
  }

  #amount(digits: string): void {
    // 15 digits fit a double exactly, which is several times cheaper than a bigint.
    if (digits.length <= 15 && digits[0] !== "-") this.#writer.uint(Number(digits) * 2);
    else this.#writer.bigint(BigInt(digits));
  }

  #rareFields(change: RecordStateChange<RecordAddress>, present: number): void {
    const writer = this.#writer;
    writer.uint(present);
    for (const { name, type } of RARE_FIELDS) {
      if ((present & RARE_BIT[name]) === 0) continue;
      const value = change[name];
      if (type === "address") this.#reference(value as RecordAddress);
      else if (type === "integer") writer.bigint(BigInt(value as number));
      else writer.text(type === "json" ? jsonText(value) : storable(value as string));
    }
  }

  #code(list: CodeList, text: string): void {
    const number = list.numberOf(text);
    this.#writer.uint(number);
    if (number === 0) this.#writer.text(text);
  }
}

/**
 * Where the 32 bytes behind an address's version byte stand in the XDR, -1 when they do not. XDR puts them at multiples of four. A loop of
 * our own: `indexOf` needs a view of the bytes for each address, which costs more than the search.
 */
function keyOffset(xdr: Uint8Array, address: Uint8Array): number {
  const first = address[1];
  const second = address[2];
  for (let at = 0; at <= xdr.length - 32; at += 4) {
    if (xdr[at] !== first || xdr[at + 1] !== second) continue;
    let length = 2;
    while (length < 32 && xdr[at + length] === address[1 + length]) length++;
    if (length === 32) return at;
  }
  return -1;
}

/** Is the change the other side of the movement that the one before it tells of, numbered next? */
function isMirrorOf(change: RecordStateChange<RecordAddress>, before: RecordStateChange<RecordAddress>): boolean {
  return (
    change.account === before.counterparty &&
    change.counterparty === before.account &&
    change.stateChangeId === before.stateChangeId + 1 &&
    change.operation === before.operation &&
    change.tokenId === before.tokenId &&
    change.amount === before.amount
  );
}

/** Bits of the rare members that the change has. Spelled out: a loop over names is several times slower. */
function rareFields(change: RecordStateChange<RecordAddress>, hasBoth: boolean): number {
  let present = 0;
  if (!hasBoth) {
    if (change.tokenId !== null) present |= RARE_BIT.tokenId;
    if (change.amount !== null) present |= RARE_BIT.amount;
    if (change.counterparty !== null) present |= RARE_BIT.counterparty;
  }
  if (change.signer !== null) present |= RARE_BIT.signer;
  if (change.spender !== null) present |= RARE_BIT.spender;
  if (change.creator !== null) present |= RARE_BIT.creator;
  if (change.destination !== null) present |= RARE_BIT.destination;
  if (change.liquidityPoolId !== null) present |= RARE_BIT.liquidityPoolId;
  if (change.signerWeightOld !== null) present |= RARE_BIT.signerWeightOld;
  if (change.signerWeightNew !== null) present |= RARE_BIT.signerWeightNew;
  if (change.threshold !== null) present |= RARE_BIT.threshold;
  if (change.thresholdOld !== null) present |= RARE_BIT.thresholdOld;
  if (change.thresholdNew !== null) present |= RARE_BIT.thresholdNew;
  if (change.trustlineLimitOld !== null) present |= RARE_BIT.trustlineLimitOld;
  if (change.trustlineLimitNew !== null) present |= RARE_BIT.trustlineLimitNew;
  if (change.flags !== null) present |= RARE_BIT.flags;
  if (change.dataEntryName !== null) present |= RARE_BIT.dataEntryName;
  if (change.keyValue !== null) present |= RARE_BIT.keyValue;
  if (change.toMuxedId !== null) present |= RARE_BIT.toMuxedId;
  return present;
}

/** Is the amount an integer whose decimal text is the one given, of at most 39 digits (an i128)? */
function isCanonical(amount: string): boolean {
  return /^(0|-?[1-9][0-9]{0,38})$/.test(amount);
}

/** PostgreSQL's own texts cannot hold NUL, and clients have never seen one. */
function storable(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\uFFFD") : text;
}

function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === "string" ? storable(member) : member));
}
