import { hash as digest } from "node:crypto";
import { contractAddress, contractIdPrefix } from "../../shared/columns/contract-id.ts";
import type { Payload } from "../../shared/columns/history/payload-decoder.ts";
import { encodeStrkey } from "../../shared/strkey.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import type { Words } from "../../shared/xdr/words.ts";
import { EnvelopeType, readBeginSponsoringFutureReservesOp, skipMuxedAccount } from "../../shared/xdr/xdr.generated.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import type { Details, DetailsChange, Outcome } from "./body.ts";
import { OperationHead } from "./details.ts";
import { type Party, partyAt, partyOfKey, partyText } from "./party.ts";

/** A transaction, as far as its operations' details depend on it. */
interface DetailsTransaction {
  readonly successful: boolean;
  /** All operations, in their order. */
  readonly operationNodes: readonly { readonly type: string; readonly operationBytes: Buffer }[];
  /** All state changes, in the order of their operations and ids. `operationPlace` counts from 1. */
  readonly stateChangeNodes: readonly (DetailsChange & { readonly operationPlace: number })[];
}

/** The part of the transaction's payload that names its source. */
type EnvelopeParts = Pick<Payload, "envelopeType" | "transactionXdr">;

/** From the operation that begins a sponsorship of an account's reserves to the one that ends it (CAP-33). */
interface Sponsorship {
  readonly sponsor: Party;
  readonly sponsored: string;
  /** Places of operations, from 1. */
  readonly begins: number;
  ends: number;
}

/** What the operations of a transaction have in common; worked out when an operation needs it. */
export class TransactionOperations {
  readonly #transaction: DetailsTransaction;
  readonly #envelope: EnvelopeParts;
  readonly #networkId: Uint8Array;
  #words: Words | null = null;
  #source: { party: Party; sequence: Buffer } | null = null;
  #changes: Map<number, DetailsChange[]> | null = null;
  #sponsorships: Sponsorship[] | null = null;

  /** @param networkId SHA-256 of the network's passphrase */
  constructor(transaction: DetailsTransaction, envelope: EnvelopeParts, networkId: Uint8Array) {
    this.#transaction = transaction;
    this.#envelope = envelope;
    this.#networkId = networkId;
  }

  /**
   * Source of an operation: its own, else the transaction's; `M…` where it is written so.
   * @param operation its XDR, within the transaction's
   * @throws XdrError
   */
  sourceAddress(operation: Buffer): string {
    return partyText(this.#headOf(operation).ownSource ?? this.#sourceOf().party);
  }

  /**
   * What an operation says.
   * @param place in the transaction, from 1
   * @param operation its XDR, within the transaction's
   * @throws XdrError as `OperationHead.details`
   */
  details(place: number, operation: Buffer): Details {
    const head = this.#headOf(operation);
    return head.details(head.ownSource ?? this.#sourceOf().party, this.#outcome(place));
  }

  #outcome(place: number): Outcome {
    const { successful } = this.#transaction;
    const changesAt = (): readonly DetailsChange[] => (successful ? (this.#changesByPlace().get(place) ?? []) : []);
    const found = (account: Address, at: (each: Sponsorship) => boolean): Party | null =>
      this.#allSponsorships().findLast((each) => each.sponsored === account.text && at(each))?.sponsor ?? null;
    return {
      successful,
      get changes() {
        return changesAt();
      },
      sponsorOf: (account) => found(account, ({ begins, ends }) => begins < place && place < ends),
      beginnerFor: (account) => found(account, ({ ends }) => ends === place),
      claimableBalanceHash: () => this.#claimableBalanceHash(place),
      contractOf: (preimage) => encodeStrkey(contractAddress(contractIdPrefix(this.#networkId), preimage)),
    };
  }

  #headOf(operation: Buffer): OperationHead {
    const { transactionXdr } = this.#envelope;
    // All operations of a transaction share its words, so that an address in several of them is encoded once.
    const x = (this.#words ??= wordsOf(transactionXdr));
    const start = operation.byteOffset - transactionXdr.byteOffset;
    return new OperationHead(x, transactionXdr, start / 4, (start + operation.length) / 4);
  }

  #sourceOf(): { party: Party; sequence: Buffer } {
    return (this.#source ??= this.#readSource());
  }

  #changesByPlace(): Map<number, DetailsChange[]> {
    return (this.#changes ??= Map.groupBy(this.#transaction.stateChangeNodes, ({ operationPlace }) => operationPlace));
  }

  #allSponsorships(): Sponsorship[] {
    return (this.#sponsorships ??= this.#transaction.successful ? this.#readSponsorships() : []);
  }

  /** In a successful transaction each is ended by the account itself, and an account has one at a time. */
  #readSponsorships(): Sponsorship[] {
    const all: Sponsorship[] = [];
    for (const [at, { type, operationBytes }] of this.#transaction.operationNodes.entries()) {
      const isBegin = type === "BEGIN_SPONSORING_FUTURE_RESERVES";
      if (!isBegin && type !== "END_SPONSORING_FUTURE_RESERVES") continue;
      const { x, body, ownSource } = this.#headOf(operationBytes);
      const source = ownSource ?? this.#sourceOf().party;
      if (isBegin) {
        const { sponsoredId } = readBeginSponsoringFutureReservesOp(x, body + 1);
        all.push({ sponsor: source, sponsored: accountAt(x, sponsoredId + 1).text, begins: at + 1, ends: Infinity });
      } else {
        const open = all.findLast(({ sponsored, ends }) => sponsored === source.account.text && ends === Infinity);
        if (open !== undefined) open.ends = at + 1;
      }
    }
    return all;
  }

  /** SHA-256 of the XDR `HashIDPreimage` with source, sequence number and index of the operation (CAP-23). */
  #claimableBalanceHash(place: number): Buffer {
    const { party, sequence } = this.#sourceOf();
    const preimage = Buffer.alloc(52);
    preimage.writeInt32BE(EnvelopeType.envelopeTypeOpId);
    preimage.set(party.account.bytes.subarray(1), 8);
    preimage.set(sequence, 40);
    preimage.writeInt32BE(place - 1, 48);
    return digest("sha256", preimage, "buffer");
  }

  #readSource(): { party: Party; sequence: Buffer } {
    const { envelopeType, transactionXdr } = this.#envelope;
    const x = (this.#words ??= wordsOf(transactionXdr));
    // A `TransactionV0` has the source's key alone. Fee and sequence number follow.
    const isV0 = envelopeType === "v0";
    const fee = isV0 ? 8 : skipMuxedAccount(x, 0);
    const party = isV0 ? partyOfKey(x, 0) : partyAt(x, 0);
    return { party, sequence: transactionXdr.subarray((fee + 1) * 4, (fee + 3) * 4) };
  }
}
