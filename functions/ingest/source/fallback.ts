import { type ErrorCode, WalletError } from "../../shared/errors.ts";
import { unsupported } from "../ledger/protocol.ts";
import { UnopenedLedgerError } from "./unopened-ledger-error.ts";
import type { LedgerSource, OpenOptions } from "./ledger-source.ts";
import type { OpenedLedger } from "./opened-ledger.ts";
import type { RpcSource } from "./rpc.ts";
import type { Report } from "./source-report.ts";

/** Options of `fallbackSource`. */
export interface FallbackOptions {
  /** Has the newest ledgers, and a window of older ones. */
  near: RpcSource;
  /** Has all ledgers. */
  far: LedgerSource;
  report?: Report | undefined;
  /** After a failure `near` is not asked for so long, milliseconds; 30,000 by default. */
  pauseMs?: number;
  /** With no new ledger from `near` for so long, `far` is asked whether it has one; milliseconds, 20,000 by default. */
  stallMs?: number;
  /** While `far` is being read, `near` is asked for its window once in so many ledgers; 256 by default. */
  askEvery?: number;
}

/** `far` is left for `near` only so many ledgers above the oldest of `near`, which moves on in the meantime. */
const MARGIN = 32;

const HEALABLE = new Set<ErrorCode>(["SOURCE_UNAVAILABLE", "LEDGER_GAP", "LEDGER_UNREADABLE", "LEDGER_CORRUPT", "LEDGER_TOO_LARGE"]);

/** Can the other source help? Not against a wrong network, which is a wrong setting, nor a ledger that is newer than this version. */
function isHealable(error: unknown): error is WalletError {
  return error instanceof WalletError && HEALABLE.has(error.code);
}

/** No arm or enum value to come is larger; damaged words mostly are. */
const MOST_ARM = 1000;

/** Do both sources have the same word where a value of the same type cannot be read? On two ways no two ledgers are damaged alike. */
function isSameUnknown({ details: first }: WalletError, { details: second }: WalletError): boolean {
  return typeof first.found === "number" && Math.abs(first.found) < MOST_ARM && first.found === second.found && first.type === second.type;
}

function neither(sequence: number, first: WalletError, second: WalletError): WalletError {
  const message = `No source gives ledger ${sequence}. ${first.message} ${second.message}`;
  // When one of them may come back, the ledger may come with it; only what both give damaged is damaged.
  if (first.code !== second.code) return new WalletError("SOURCE_UNAVAILABLE", message, { ledger: sequence }, { cause: second });
  const damaged = [second, first].find((error) => error instanceof UnopenedLedgerError);
  if (damaged && isSameUnknown(first, second)) {
    const { type = null, found = null } = damaged.details;
    const newer = unsupported(`Two sources give the same ${type} (${found})`, "Damage would not be the same twice.", {
      ...damaged.details,
      ledger: sequence,
    });
    return new UnopenedLedgerError(newer.code, damaged.bytes, sequence, `${newer.message} ${message}`, newer.details, { cause: second });
  }
  if (damaged)
    return new UnopenedLedgerError(
      damaged.code,
      damaged.bytes,
      sequence,
      message,
      { ...damaged.details, ledger: sequence },
      { cause: second },
    );
  return new WalletError(first.code, message, { ledger: sequence }, { cause: second });
}

interface Choice {
  source: LedgerSource;
  /** For the report. */
  reason: string;
}

/** Where the reading of one source has come to, and why it ended: nothing more there, time to look at both again, or a failure. */
interface Part {
  next: number;
  end: "end" | "look" | WalletError;
}

/** The state of two sources as one; see `fallbackSource`. */
class Fallback {
  readonly #options: Required<Omit<FallbackOptions, "report">> & Pick<FallbackOptions, "report">;
  #inUse: LedgerSource;
  #pausedUntil = 0;

  constructor(options: FallbackOptions) {
    this.#options = { pauseMs: 30_000, stallMs: 20_000, askEvery: 256, ...options };
    this.#inUse = options.near;
  }

  get inUse(): string {
    return this.#inUse.name;
  }

  async latest(signal: AbortSignal): Promise<number | null> {
    const { near, far } = this.#options;
    try {
      return (await near.range(signal)).latest;
    } catch (error) {
      if (signal.aborted || !isHealable(error)) throw error;
      const latest = await far.latest?.(signal);
      return latest ?? null;
    }
  }

  async *open(from: number | null, signal: AbortSignal, follow: boolean): AsyncGenerator<OpenedLedger> {
    const { near, far } = this.#options;
    let next = from ?? (await this.latest(signal));
    if (next === null) throw new WalletError("SOURCE_UNAVAILABLE", `${near.name} does not answer, and ${far.name} has no ledgers yet.`);
    let turn: Choice | null = null;
    let failed: { source: LedgerSource; error: WalletError } | null = null;
    while (!signal.aborted) {
      const choice: Choice = turn ?? (await this.#choose(next, signal));
      const source: LedgerSource = choice.source;
      const other = source === near ? far : near;
      this.#use(source, next, choice.reason);
      const part: Part = yield* this.#read(source, next, signal, follow);
      if (part.next > next) failed = null;
      next = part.next;
      turn = null;
      if (part.end instanceof WalletError) {
        if (source === near) this.#pauseNear();
        if (failed) throw neither(next, failed.error, part.end);
        failed = { source, error: part.end };
        turn = { source: other, reason: part.end.message };
        continue;
      }
      if (signal.aborted) return;
      // A stand-in that has come to its end too: what the other said of this ledger stands, unless it was only out of reach.
      if (failed && part.end === "end") {
        if (failed.source === near && failed.error.code === "SOURCE_UNAVAILABLE") return;
        throw failed.error;
      }
      failed = null;
      if (source === far && part.end === "look") continue;
      if (await this.#otherHas(source, next, signal)) turn = { source: other, reason: `${source.name} has no ledger ${next}` };
      else if (part.end === "end") return;
    }
  }

  /** `near` while it is well and has the ledger, or is the one to get it; `far` otherwise. */
  async #choose(next: number, signal: AbortSignal): Promise<Choice> {
    const { near, far } = this.#options;
    if (Date.now() < this.#pausedUntil) return { source: far, reason: `${near.name} is paused after a failure` };
    try {
      const { oldest } = await near.range(signal);
      if (next >= oldest + (this.#inUse === far ? MARGIN : 0)) return { source: near, reason: "the ledger is within its window" };
      return { source: far, reason: `${near.name} has ledgers from ${oldest} on` };
    } catch (error) {
      if (signal.aborted || !isHealable(error)) throw error;
      this.#pauseNear();
      return { source: far, reason: error.message };
    }
  }

  #pauseNear(): void {
    this.#pausedUntil = Date.now() + this.#options.pauseMs;
  }

  #use(source: LedgerSource, ledger: number, reason: string): void {
    if (this.#inUse === source) return;
    this.#inUse = source;
    this.#options.report?.({ type: "switch", source: source.name, ledger, reason });
  }

  /** Gives one source's ledgers until it has no more, fails, or it is time to look at both again. */
  async *#read(source: LedgerSource, next: number, signal: AbortSignal, follow: boolean): AsyncGenerator<OpenedLedger, Part> {
    const { near, stallMs, askEvery } = this.#options;
    const enough = source === near ? Infinity : next + askEvery;
    const silenceMs = source === near ? stallMs : Math.max(1_000, this.#pausedUntil - Date.now());
    const look = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => look.abort(), silenceMs);
    };
    wait();
    try {
      for await (const opened of source.open(next, AbortSignal.any([signal, look.signal]), { follow })) {
        clearTimeout(timer);
        const { sequence } = opened.ledger;
        yield opened;
        next = sequence + 1;
        if (next >= enough) return { next, end: "look" };
        wait();
      }
      return { next, end: look.signal.aborted ? "look" : "end" };
    } catch (error) {
      if (signal.aborted || !isHealable(error)) throw error;
      return { next, end: error };
    } finally {
      clearTimeout(timer);
    }
  }

  /** A source that gives no more is left when the other goes on. */
  async #otherHas(source: LedgerSource, next: number, signal: AbortSignal): Promise<boolean> {
    const { near, far } = this.#options;
    try {
      if (source === near) {
        const has = ((await far.latest?.(signal)) ?? 0) >= next;
        if (has) this.#pauseNear();
        return has;
      }
      if (Date.now() < this.#pausedUntil) return false;
      const { oldest, latest } = await near.range(signal);
      return next >= oldest && next <= latest;
    } catch (error) {
      if (signal.aborted || !isHealable(error)) throw error;
      return false;
    }
  }
}

/**
 * Two sources as one: by distance (`near` within its window, `far` beyond), and by health: a source that fails, or falls behind,
 * hands over to the other at the very ledger, and `near` is then paused for a while before it is asked again. A ledger is never jumped
 * over: where neither gives it, the iteration ends with an error that has both reasons.
 * @throws WalletError (while iterating) SOURCE_UNAVAILABLE when neither can be reached or one of them has the ledger damaged;
 * LEDGER_GAP, LEDGER_UNREADABLE or LEDGER_CORRUPT when both agree on that (a UnopenedLedgerError when either gave the ledger itself);
 * NETWORK_MISMATCH and PROTOCOL_UNSUPPORTED of either, the latter also when both have the same arm that is not known
 */
export function fallbackSource(options: FallbackOptions): LedgerSource {
  const fallback = new Fallback(options);
  return {
    name: `${options.near.name}, then ${options.far.name}`,
    beginsAt: "latest",
    get inUse() {
      return fallback.inUse;
    },
    async *open(from: number | null, signal: AbortSignal, { follow = true }: OpenOptions = {}) {
      try {
        yield* fallback.open(from, signal, follow);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    latest: (signal = new AbortController().signal) => fallback.latest(signal),
  };
}
