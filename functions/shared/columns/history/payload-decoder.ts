import { crc32 } from "node:zlib";
import { StrkeyVersion } from "../../strkey.ts";
import { byteaText } from "../bytea.ts";
import { LAST_OPERATION_PLACE } from "../toid.ts";
import { ByteReader, DamagedBytes } from "./byte-reader.ts";
import { type CodeList, operationResults, operationTypes, stateChangeKinds, transactionResults } from "./codes.ts";
import { CreatedBalances } from "./created-balance.ts";
import {
  CHECKSUM_BYTES,
  COMPUTED_REFERENCE,
  ENVELOPE_TYPES,
  HAS_COUNTERPARTY,
  HAS_RARE,
  HAS_SIGNATURES,
  HAS_TOKEN_AND_AMOUNT,
  HAS_TOKEN_EVENTS,
  HIGH_STREAM,
  KIND_MASK,
  LAST_STREAM,
  PAYLOAD_FORMAT,
  RARE_FIELDS,
  REFERENCE_VERSIONS,
  STREAM,
  TOKEN_EVENTS,
  TOKEN_EVENTS_NUMBER,
} from "./payload-format.ts";
import type { RecordEnvelope, RecordOperation, RecordStateChange } from "./record.ts";

/** A payload of a format that this code does not know: it was written by newer code. */
export class UnknownPayloadFormat extends Error {
  override readonly name = "UnknownPayloadFormat";
  readonly format: number;

  constructor(format: number) {
    super(`the payload has format ${format}, and this code reads format ${PAYLOAD_FORMAT}`);
    this.format = format;
  }
}

/** A decoded address: the text form of an address column, `\x` and the hex digits of version byte and payload. */
export type AddressColumn = string;

/** An operation of a payload, with its XDR. */
export type DecodedOperation = RecordOperation<AddressColumn> & { operationXdr: Buffer };

/** A state change of a payload. */
export type DecodedStateChange = RecordStateChange<AddressColumn>;

const VERSION_HEX = REFERENCE_VERSIONS.map((version) => version.toString(16).padStart(2, "0"));

/** The state change that was read last, by which its mirror goes. */
interface Latest {
  operation: number;
  /** Id of the state change. */
  id: number;
  /** Places in the table of addresses. */
  account: number;
  token: number;
  /** -1: there is none, and no mirror. */
  counterparty: number;
  /** Where its amount begins. */
  amountAt: number;
  /** Null until it is read: few changes are of the owner who asks. */
  amount: string | null;
}

/**
 * Reads a payload of `transactions.payload` (docs/history-format.md). Fee, result and envelope are read at once, the rest when it is asked
 * for, since most requests want a part.
 */
export class Payload {
  /** Stroops. */
  readonly feeCharged: bigint;
  readonly resultCode: string;
  readonly envelopeType: RecordEnvelope["type"];
  /** XDR; see `RecordEnvelope`. */
  readonly transactionXdr: Buffer;
  readonly feeBumpXdr: Buffer | null;
  /** Null when signatures were not kept. */
  readonly signatures: Buffer | null;
  readonly feeBumpSignatures: Buffer | null;
  /** Are there state changes that a token's events tell of (`TOKEN_EVENTS`)? */
  readonly hasTokenEvents: boolean;
  readonly #bytes: Buffer;
  readonly #native: AddressColumn;
  /** The table of addresses, each read when it is first asked for. */
  readonly #addresses: (AddressColumn | null)[];
  /** Where in the payload each address of the table begins. */
  readonly #addressOffsets: number[];
  readonly #participants: number;
  readonly #operationsAt: number;
  /** Null until the operations have been passed. */
  #stateChangesAt: number | null = null;

  /**
   * @param native the contract of XLM on this network
   * @throws UnknownPayloadFormat, DamagedBytes; so do all other members, for their part
   */
  constructor(payload: Buffer, native: AddressColumn) {
    const format = new ByteReader(payload).byte();
    if (format !== PAYLOAD_FORMAT) throw new UnknownPayloadFormat(format);
    const bytes = checked(payload);
    const reader = new ByteReader(bytes, 1);
    const flags = reader.byte();
    const type = ENVELOPE_TYPES[flags & 3];
    if (type === undefined || flags >= HAS_TOKEN_EVENTS * 2) throw new DamagedBytes(`no envelope has the flags ${flags}`);
    const isFeeBump = type === "feeBump";
    this.#bytes = bytes;
    this.#native = native;
    this.envelopeType = type;
    this.hasTokenEvents = (flags & HAS_TOKEN_EVENTS) !== 0;
    this.feeCharged = reader.bigint();
    this.resultCode = readCode(reader, transactionResults);
    this.feeBumpXdr = isFeeBump ? reader.sized() : null;
    this.transactionXdr = reader.sized();
    this.signatures = flags & HAS_SIGNATURES ? reader.sized() : null;
    this.feeBumpSignatures = isFeeBump && flags & HAS_SIGNATURES ? reader.sized() : null;
    const count = reader.count();
    this.#addresses = new Array<AddressColumn | null>(count).fill(null);
    this.#addressOffsets = new Array<number>(count);
    for (let at = 0; at < count; at++) {
      this.#addressOffsets[at] = reader.at;
      this.#passReference(reader);
    }
    this.#participants = reader.uint();
    if (this.#participants > count) throw new DamagedBytes(`${this.#participants} participants of ${count} addresses`);
    this.#operationsAt = reader.at;
  }

  /** The participants of the transaction, ascending by bytes. */
  get accounts(): AddressColumn[] {
    return Array.from({ length: this.#participants }, (_, at) => this.#address(at));
  }

  /** Is the address (version byte and payload) a participant of the transaction? */
  hasParticipant(address: Uint8Array): boolean {
    const place = this.#placeOf(address);
    return place >= 0 && place < this.#participants;
  }

  /** All operations, in their order. */
  operations(): DecodedOperation[] {
    return this.#operations(null).map(({ operation }) => operation);
  }

  /** The operations that an address takes part in, in their order, with their places from 1. */
  operationsOf(address: Uint8Array): { place: number; operation: DecodedOperation }[] {
    const participant = this.#placeOf(address);
    return participant < 0 ? [] : this.#operations(participant);
  }

  /** All state changes, in the order of their operations and ids. */
  stateChanges(): DecodedStateChange[] {
    return this.#stateChanges(null);
  }

  /** The state changes of an address, in the order of their operations and ids. */
  stateChangesOf(address: Uint8Array): DecodedStateChange[] {
    const owner = this.#placeOf(address);
    return owner < 0 ? [] : this.#stateChanges(owner);
  }

  /** @param participant place of an address in the table: only its operations; null: all */
  #operations(participant: number | null): { place: number; operation: DecodedOperation }[] {
    const reader = new ByteReader(this.#bytes, this.#operationsAt);
    const count = reader.count(4);
    const operations: { place: number; operation: DecodedOperation }[] = [];
    let start = count === 0 ? 0 : reader.uint();
    for (let place = 1; place <= count; place++) {
      const length = reader.uint();
      const end = start + (length - (length & 1)) / 2;
      if (end > this.transactionXdr.length) throw new DamagedBytes(`operation ${place} ends beyond its transaction`);
      const operationType = readCode(reader, operationTypes);
      const resultCode = readCode(reader, operationResults);
      const places: number[] = [];
      for (let left = reader.count(); left > 0; left--) places.push(this.#place(reader));
      if (participant === null || places.includes(participant)) {
        const operationXdr = this.transactionXdr.subarray(start, end);
        const readAccounts = (): AddressColumn[] => places.map((at) => this.#address(at));
        const operation: DecodedOperation = {
          successful: (length & 1) === 1,
          operationXdr,
          operationType,
          resultCode,
          // Few ask for the other participants.
          get accounts() {
            return readAccounts();
          },
        };
        operations.push({ place, operation });
      }
      start = end;
    }
    this.#stateChangesAt = reader.at;
    return operations;
  }

  /** @param owner place of an address in the table: only its changes; null: all */
  #stateChanges(owner: number | null): DecodedStateChange[] {
    const reader = new ByteReader(this.#bytes, (this.#stateChangesAt ??= this.#endOfOperations()));
    const count = reader.count();
    const changes: DecodedStateChange[] = [];
    const latest: Latest = { operation: 0, id: 0, account: 0, token: 0, counterparty: -1, amountAt: 0, amount: null };
    for (let at = 0; at < count; at++) {
      const change = this.#stateChange(reader, owner, latest);
      if (change !== null) changes.push(change);
    }
    if (!reader.isAtEnd) throw new DamagedBytes(`the payload goes on beyond its end at ${reader.at}`);
    return changes;
  }

  #endOfOperations(): number {
    const reader = new ByteReader(this.#bytes, this.#operationsAt);
    const count = reader.count(4);
    if (count > 0) reader.uint();
    for (let at = 0; at < count; at++) {
      reader.uint();
      readCode(reader, operationTypes);
      readCode(reader, operationResults);
      for (let left = reader.count(); left > 0; left--) reader.uint();
    }
    return reader.at;
  }

  /** @param latest the change before this one; becomes this one */
  #stateChange(reader: ByteReader, owner: number | null, latest: Latest): DecodedStateChange | null {
    const flags = reader.byte();
    const kind = flags & KIND_MASK;
    const [category = "", reason = ""] = kind === 0 ? [reader.text(), reader.text()] : knownKind(kind);
    const hasBoth = (flags & HAS_TOKEN_AND_AMOUNT) !== 0;
    if (hasBoth || !(flags & HAS_COUNTERPARTY)) this.#readChange(reader, flags, owner, latest);
    else mirror(latest, reader);
    if (owner !== null && latest.account !== owner) {
      if (flags & HAS_RARE) skipRareFields(reader);
      return null;
    }
    const change: DecodedStateChange = {
      operation: latest.operation,
      stateChangeId: latest.id,
      category,
      reason,
      account: this.#address(latest.account),
      tokenId: null,
      amount: null,
      counterparty: latest.counterparty < 0 ? null : this.#address(latest.counterparty),
      signer: null,
      spender: null,
      creator: null,
      destination: null,
      liquidityPoolId: null,
      signerWeightOld: null,
      signerWeightNew: null,
      threshold: null,
      thresholdOld: null,
      thresholdNew: null,
      trustlineLimitOld: null,
      trustlineLimitNew: null,
      flags: null,
      dataEntryName: null,
      keyValue: null,
      toMuxedId: null,
    };
    if (hasBoth || latest.counterparty >= 0) {
      change.tokenId = this.#address(latest.token);
      change.amount = latest.amount ??= new ByteReader(this.#bytes, latest.amountAt).integerText();
    }
    if (flags & HAS_RARE) this.#rareFields(reader, change);
    return change;
  }

  /** The members of a state change that is no mirror, up to its rare ones. */
  #readChange(reader: ByteReader, flags: number, owner: number | null, change: Latest): void {
    const operation = reader.uint();
    if (operation > LAST_OPERATION_PLACE) throw new DamagedBytes(`no transaction has an operation ${operation} before ${reader.at}`);
    const id = reader.uint();
    const low = id % (HIGH_STREAM + 1);
    const stream = low === HIGH_STREAM ? reader.uint() : low === TOKEN_EVENTS_NUMBER ? TOKEN_EVENTS : low;
    if (stream > LAST_STREAM) throw new DamagedBytes(`there is no stream ${stream} before ${reader.at}`);
    change.operation = operation;
    change.id = (id - low) / (HIGH_STREAM + 1) + stream * STREAM;
    change.account = this.#place(reader);
    change.counterparty = -1;
    if (!(flags & HAS_TOKEN_AND_AMOUNT)) return;
    change.token = this.#place(reader);
    change.amountAt = reader.at;
    change.amount = null;
    if (owner === null || change.account === owner) change.amount = reader.integerText();
    else reader.skipInteger();
    if (flags & HAS_COUNTERPARTY) change.counterparty = this.#place(reader);
  }

  #rareFields(reader: ByteReader, change: DecodedStateChange): void {
    const present = reader.uint();
    if (present >= 1 << RARE_FIELDS.length) throw new DamagedBytes(`a state change has unknown members before ${reader.at}`);
    for (const [at, { name, type }] of RARE_FIELDS.entries()) {
      if ((present & (1 << at)) === 0) continue;
      const value =
        type === "address"
          ? this.#address(this.#place(reader))
          : type === "integer"
            ? readInteger(reader)
            : type === "json"
              ? readJson(reader)
              : reader.text();
      (change as unknown as Record<string, unknown>)[name] = value;
    }
  }

  /** Checked for all addresses at once, so that each can be read whenever somebody asks for it. */
  #passReference(reader: ByteReader): void {
    const reference = reader.uint();
    if (reference & 1) {
      reader.raw((reference - 1) / 2);
      return;
    }
    const version = (reference / 2) % 4;
    const start = (reference / 2 - version) / 4;
    if (version === COMPUTED_REFERENCE) {
      if (start > LAST_OPERATION_PLACE || (start > 0 && !CreatedBalances.hasSource(this.transactionXdr)))
        throw new DamagedBytes(`no operation ${start} created a claimable balance`);
    } else if (start + 32 > this.transactionXdr.length) throw new DamagedBytes(`an address is beyond its transaction at ${start}`);
  }

  /** A place in the table of addresses. */
  #place(reader: ByteReader): number {
    const at = reader.uint();
    if (at >= this.#addressOffsets.length) throw new DamagedBytes(`there is no address ${at} before ${reader.at}`);
    return at;
  }

  /** Where the table has an address; -1: nowhere. */
  #placeOf(address: Uint8Array): number {
    for (let at = 0; at < this.#addressOffsets.length; at++) if (this.#isAddress(at, address)) return at;
    return -1;
  }

  #isAddress(at: number, address: Uint8Array): boolean {
    const reader = new ByteReader(this.#bytes, this.#addressOffsets[at]);
    const reference = reader.uint();
    if (reference & 1) {
      const length = (reference - 1) / 2;
      return length === address.length && this.#bytes.compare(address, 0, length, reader.at, reader.at + length) === 0;
    }
    const version = (reference / 2) % 4;
    const start = (reference / 2 - version) / 4;
    if (version === COMPUTED_REFERENCE) {
      // A hash that is no use is not computed.
      if (start > 0 && address[0] !== StrkeyVersion.claimableBalance) return false;
      return this.#address(at) === byteaText(address);
    }
    const { transactionXdr } = this;
    // The first byte tells nearly all of them apart.
    if (address[0] !== REFERENCE_VERSIONS[version] || address[1] !== transactionXdr[start]) return false;
    return address.length === 33 && transactionXdr.compare(address, 1, 33, start, start + 32) === 0;
  }

  /** The address at a place of the table. */
  #address(at: number): AddressColumn {
    return (this.#addresses[at] ??= this.#readAddress(this.#addressOffsets[at]!));
  }

  #readAddress(offset: number): AddressColumn {
    const reader = new ByteReader(this.#bytes, offset);
    const reference = reader.uint();
    if (reference & 1) return `\\x${reader.raw((reference - 1) / 2).toString("hex")}`;
    const version = (reference / 2) % 4;
    const start = (reference / 2 - version) / 4;
    if (version === COMPUTED_REFERENCE)
      return start === 0 ? this.#native : byteaText(new CreatedBalances(this.envelopeType, this.transactionXdr).address(start));
    return `\\x${VERSION_HEX[version]}${this.transactionXdr.toString("hex", start, start + 32)}`;
  }
}

/** The payload without its checksum. @throws DamagedBytes */
function checked(payload: Buffer): Buffer {
  const end = payload.length - CHECKSUM_BYTES;
  if (end < 1) throw new DamagedBytes(`the bytes end at ${payload.length}`);
  const bytes = payload.subarray(0, end);
  if (crc32(bytes) !== payload.readUInt32BE(end)) throw new DamagedBytes("the checksum is that of other bytes");
  return bytes;
}

/** From a change to its mirror. */
function mirror(change: Latest, reader: ByteReader): void {
  const { account, counterparty } = change;
  if (counterparty < 0) throw new DamagedBytes(`a state change without a counterparty has a mirror before ${reader.at}`);
  change.id++;
  change.account = counterparty;
  change.counterparty = account;
}

function skipRareFields(reader: ByteReader): void {
  const present = reader.uint();
  if (present >= 1 << RARE_FIELDS.length) throw new DamagedBytes(`a state change has unknown members before ${reader.at}`);
  for (const [at, { type }] of RARE_FIELDS.entries()) {
    if ((present & (1 << at)) === 0) continue;
    if (type === "address") reader.uint();
    else if (type === "integer") reader.skipInteger();
    else reader.sized();
  }
}

function readJson(reader: ByteReader): unknown {
  try {
    const value: unknown = JSON.parse(reader.text());
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new DamagedBytes(`there is no JSON object before ${reader.at}`);
}

function readInteger(reader: ByteReader): number {
  const value = Number(reader.bigint());
  if (value !== (value | 0)) throw new DamagedBytes(`an integer has more than 32 bits before ${reader.at}`);
  return value;
}

/** Category and reason by number of the kind. */
const KINDS = Array.from({ length: KIND_MASK + 1 }, (_, kind) => stateChangeKinds.textOf(kind)?.split("/"));

function knownKind(kind: number): string[] {
  const names = KINDS[kind];
  if (names === undefined) throw new DamagedBytes(`a state change has the unknown kind ${kind}`);
  return names;
}

function readCode(reader: ByteReader, list: CodeList): string {
  const number = reader.uint();
  if (number === 0) return reader.text();
  const text = list.textOf(number);
  if (text === undefined) throw new DamagedBytes(`there is an unknown code ${number} before ${reader.at}`);
  return text;
}
