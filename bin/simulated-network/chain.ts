import * as xdr from "@stellar/stellar-sdk/xdr";
import { sha256 } from "./keys.ts";
import { cast, script, type Cast } from "./script.ts";
import { applyTransaction, chargeFee, seal, type Pending } from "./transactions.ts";
import { View } from "./view.ts";

/** What determines every byte of a simulated chain. */
export interface ChainOptions {
  passphrase: string;
  /** Any text. */
  seed: string;
  /** Sequence of the first ledger. */
  startLedger: number;
  /** Close time of the first ledger, seconds since 1970 UTC. */
  startedAt: number;
  /** Seconds between two ledgers; parts of a second too, for tests. */
  closeSeconds: number;
}

const PROTOCOL = 26;
const BASE_RESERVE = 5_000_000;
/** All lumens that there are, stroops: the root account's first balance. */
const TOTAL_COINS = 1_000_000_000_000_000_000n;

function transactionSet(previousLedgerHash: Uint8Array, pending: Pending[]): xdr.GeneralizedTransactionSet {
  const txs = [...pending].sort((a, b) => Buffer.compare(a.hash, b.hash)).map(({ envelope }) => envelope);
  const component = xdr.TxSetComponent.txsetCompTxsMaybeDiscountedFee(new xdr.TxSetComponentTxsMaybeDiscountedFee({ baseFee: 100n, txs }));
  const phases = [xdr.TransactionPhase.v0Components(txs.length > 0 ? [component] : []), xdr.TransactionPhase.v0Components([])];
  return xdr.GeneralizedTransactionSet.v1TxSet(new xdr.TransactionSetV1({ previousLedgerHash, phases }));
}

/**
 * A small Stellar network in memory: every ledger follows from the options and its number alone. Real hashes, signatures,
 * fees, reserves and entry changes; no contracts.
 */
export class SimulatedChain {
  readonly options: ChainOptions;
  /** Sequence of the ledger that `close` makes next. */
  next: number;
  readonly #networkId: Uint8Array;
  readonly #cast: Cast;
  #state = new View(0, null);
  #previous: Uint8Array = Buffer.alloc(32);
  #feePool = 0n;

  constructor(options: ChainOptions) {
    this.options = options;
    this.next = options.startLedger;
    this.#networkId = sha256(options.passphrase);
    this.#cast = cast(options.passphrase, options.seed);
    const liable = { balance: TOTAL_COINS, buying: 0n, selling: 0n };
    const counts = { subentries: 0, sponsored: 0, sponsoring: 0 };
    this.#state.put({ kind: "account", owner: this.#cast.root, sequence: 0n, ...liable, ...counts, sponsor: null, homeDomain: "" });
  }

  /** When a ledger closes, seconds since 1970 UTC. */
  closesAt(sequence: number): number {
    return this.options.startedAt + (sequence - this.options.startLedger) * this.options.closeSeconds;
  }

  #pending(ledger: View): Pending[] {
    const sequences = new Map<string, bigint>();
    return script(this.#cast, ledger, this.next - this.options.startLedger).map((intent) => {
      const { address } = intent.source;
      const sequence = (sequences.get(address) ?? ledger.account(intent.source)!.sequence) + 1n;
      sequences.set(address, sequence);
      return seal(intent, sequence, this.#networkId);
    });
  }

  /** Closes the next ledger: one XDR `LedgerCloseMeta` (version 2, transaction meta V4). */
  close(): Uint8Array {
    const sequence = this.next;
    const ledger = new View(sequence, this.#state);
    const pending = this.#pending(ledger);
    const fees = pending.map((tx) => chargeFee(ledger, tx));
    const applied = pending.map((tx) => applyTransaction(ledger, tx));
    ledger.commit();
    for (const { fee } of pending) this.#feePool += fee;

    const txSet = transactionSet(this.#previous, pending);
    const zero = Buffer.alloc(32);
    const header = new xdr.LedgerHeader({
      ledgerVersion: PROTOCOL,
      previousLedgerHash: this.#previous,
      scpValue: new xdr.StellarValue({
        txSetHash: sha256(txSet.toXdr()),
        closeTime: BigInt(Math.floor(this.closesAt(sequence))),
        upgrades: [],
        ext: xdr.StellarValueExt.stellarValueBasic(),
      }),
      txSetResultHash: sha256(new xdr.TransactionResultSet({ results: applied.map(({ result }) => result) }).toXdr()),
      // The simulated network keeps no buckets.
      bucketListHash: zero,
      ledgerSeq: sequence,
      totalCoins: TOTAL_COINS,
      feePool: this.#feePool,
      inflationSeq: 0,
      idPool: 0n,
      baseFee: 100,
      baseReserve: BASE_RESERVE,
      maxTxSetSize: 1000,
      skipList: [zero, zero, zero, zero],
      ext: xdr.LedgerHeaderExt.v0(),
    });
    const hash = sha256(header.toXdr());
    const meta = new xdr.LedgerCloseMetaV2({
      ext: xdr.LedgerCloseMetaExt.v0(),
      ledgerHeader: new xdr.LedgerHeaderHistoryEntry({ hash, header, ext: xdr.LedgerHeaderHistoryEntryExt.v0() }),
      txSet,
      txProcessing: applied.map(
        ({ result, meta }, i) =>
          new xdr.TransactionResultMetaV1({
            ext: xdr.ExtensionPoint.v0(),
            result,
            feeProcessing: fees[i]!,
            txApplyProcessing: meta,
            postTxApplyFeeProcessing: [],
          }),
      ),
      upgradesProcessing: [],
      scpInfo: [],
      totalByteSizeOfLiveSorobanState: 0n,
      evictedKeys: [],
    });
    this.#previous = hash;
    this.next++;
    return xdr.LedgerCloseMeta.v2(meta).toXdr();
  }
}
