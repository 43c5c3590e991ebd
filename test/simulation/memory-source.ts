import { setTimeout as sleep } from "node:timers/promises";
import { WalletError } from "../../functions/shared/errors.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { openedLedger } from "../fixtures/open-ledger.ts";

/** A ledger that was not opened yet. */
export interface RawLedger {
  bytes: Uint8Array;
  sequence: number;
}

/**
 * What a source does wrong, once in an opening, at the ledger in place `at` (0: the first that it is asked for).
 * - `unavailable`: it fails.
 * - `ends`: it knows no more (it is behind us).
 * - `delay`: the ledger comes late.
 * - `twice`, `skips`, `swaps`: the ledger comes twice, not at all, or after its successor.
 * - `foreign`, `fork`: it is the ledger with the same sequence of another network, or of the same network's other history.
 * - `short`, `long`: bytes are missing or too many.
 * - `flipped`: one bit of its header or of the header's hash is wrong.
 */
export interface SourceFault {
  kind: "unavailable" | "ends" | "delay" | "twice" | "skips" | "swaps" | "foreign" | "fork" | "short" | "long" | "flipped";
  at: number;
  /** Milliseconds of a delay; otherwise which bit or how many bytes. */
  amount: number;
}

/** Chains that are not ours. */
export interface OtherChains {
  foreign: readonly RawLedger[];
  fork: readonly RawLedger[];
}

/** Ledgers from memory, damaged by at most one fault. */
export function memorySource(ledgers: readonly RawLedger[], fault: SourceFault | null = null, others?: OtherChains): LedgerSource {
  return {
    beginsAt: "oldest",
    name: "memory",
    async *open(from, signal, { follow = true } = {}) {
      let place = 0;
      const wanted = ledgers.filter(({ sequence }) => sequence >= (from ?? 0));
      for (const [i, ledger] of wanted.entries()) {
        if (signal.aborted) return;
        const next = wanted[i + 1];
        if (fault?.kind === "ends" && place === fault.at) return;
        for (const { bytes, sequence } of fault && place === fault.at ? await damaged(fault, ledger, next, others) : [ledger])
          yield openedLedger(bytes, sequence, "simulation");
        place++;
        // The real sources wait for the disk or the network before each ledger.
        await sleep(0);
      }
      if (follow && !signal.aborted) await sleep(60_000, undefined, { signal }).catch(() => {});
    },
    latest: () => Promise.resolve(ledgers.at(-1)?.sequence ?? null),
  };
}

async function damaged(
  { kind, amount }: SourceFault,
  ledger: RawLedger,
  next: RawLedger | undefined,
  others?: OtherChains,
): Promise<RawLedger[]> {
  const { bytes, sequence } = ledger;
  switch (kind) {
    case "unavailable":
      throw new WalletError("SOURCE_UNAVAILABLE", "The simulated source is down.");
    case "delay":
      await sleep(amount);
      return [ledger];
    case "twice":
      return [ledger, ledger];
    case "skips":
      return [];
    case "swaps":
      return next ? [next, ledger] : [];
    case "foreign":
      return [others?.foreign.find((other) => other.sequence === sequence) ?? ledger];
    case "fork":
      // Whoever has no ledger yet cannot know which history is meant.
      return [(sequence > 1 && others?.fork.find((other) => other.sequence === sequence)) || ledger];
    case "short":
      return [{ ...ledger, bytes: bytes.subarray(0, Math.max(0, bytes.length - 1 - (amount % bytes.length))) }];
    case "long":
      return [{ ...ledger, bytes: Buffer.concat([bytes, Buffer.alloc(1 + (amount % 64))]) }];
    case "flipped":
      return [{ ...ledger, bytes: withFlippedHeaderBit(bytes, amount) }];
    default:
      return [ledger];
  }
}

/** Version and extension of LedgerCloseMetaV2 are 8 bytes; then the header's hash and the header. */
const HASH_START = 8;
const HASH_AND_HEADER_BYTES = 32 + 300;

/** The ledger with one wrong bit in its header or the header's hash. */
export function withFlippedHeaderBit(bytes: Uint8Array, which: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[HASH_START + ((which >> 3) % HASH_AND_HEADER_BYTES)]! ^= 1 << (which & 7);
  return copy;
}
