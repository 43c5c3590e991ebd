import { setTimeout as sleep } from "node:timers/promises";
import { WalletError } from "../../shared/errors.ts";
import type { LedgerReader } from "../ledger/ledger-reader.ts";
import type { LedgerSource, OpenOptions } from "./ledger-source.ts";
import { openFrom, originOf, type OpenedLedger } from "./opened-ledger.ts";
import { createRpcClient, RpcError, RpcResponseTooLongError, type RpcClientOptions } from "./rpc-client.ts";
import { refused, requireRpcNetwork } from "./rpc-network.ts";
import { readPage, readRange, type LedgerPage, type LedgerRange } from "./rpc-pages.ts";
import { deferredResult } from "./deferred-result.ts";
import { boundedReader, tooLarge } from "./ledger-size.ts";

/** Options of `rpcSource`. */
export interface RpcSourceOptions extends RpcClientOptions {
  passphrase: string;
  /** Opens the ledgers; its own by default. */
  reader?: LedgerReader;
  /** Ledgers a request; 5 by default. A ledger of the public network takes 1 to 2 MB. */
  pageSize?: number;
  /** Milliseconds between two questions for the next ledger at the tip; 500 by default. */
  pollMilliseconds?: number;
}

/** Ledgers from Stellar RPC. */
export interface RpcSource extends LedgerSource {
  /** What the server has now. @throws WalletError SOURCE_UNAVAILABLE, NETWORK_MISMATCH */
  range(signal: AbortSignal): Promise<LedgerRange>;
}

/** An empty page where there should be one: a server behind a balancer that lags the one which answered before. */
const EMPTY_PAGES = 5;

const MAX_PAGE_BYTES = 512 * 1024 * 1024;
const AROUND_A_PAGE = 1024 * 1024;

/**
 * Ledgers from a Stellar RPC server (`getLedgers`, raw). The next page is fetched while the present one is being used; at the tip
 * the server is asked again and again. The server's network is checked once.
 * @example
 * for await (const { ledger } of rpcSource({ url, passphrase }).open(next, signal)) {
 *   rows.push(indexer.index(ledger));
 *   ledger.close();
 * }
 * @throws WalletError (while iterating) SOURCE_UNAVAILABLE when it cannot be reached or has the ledger no more, NETWORK_MISMATCH,
 * LEDGER_GAP, LEDGER_TOO_LARGE; UnopenedLedgerError
 */
export function rpcSource(options: RpcSourceOptions): RpcSource {
  const { passphrase, reader = boundedReader(), pollMilliseconds: poll = 500 } = options;
  // A page of one ledger at the least, in base64 and with what is around it.
  const { limit = Math.min(MAX_PAGE_BYTES, Math.ceil((reader.maxBytes * 4) / 3) + AROUND_A_PAGE) } = options;
  const client = createRpcClient({ ...options, limit });
  let { pageSize = 5 } = options;
  let checked: Promise<void> | null = null;

  function requireNetwork(signal: AbortSignal): Promise<void> {
    checked ??= requireRpcNetwork(client, passphrase, signal).catch((error: unknown) => {
      checked = null;
      throw error;
    });
    return checked;
  }

  async function range(signal: AbortSignal): Promise<LedgerRange> {
    await requireNetwork(signal);
    try {
      return readRange(await client.call("getHealth", {}, signal), client.name);
    } catch (error) {
      throw refused(client, error, "getHealth");
    }
  }

  /** A page that begins with ledger `next`; empty at the tip. */
  async function page(next: number, signal: AbortSignal): Promise<LedgerPage> {
    try {
      return readPage(await client.call("getLedgers", { startLedger: next, pagination: { limit: pageSize } }, signal), client.name);
    } catch (error) {
      if (error instanceof RpcResponseTooLongError) {
        if (pageSize === 1) throw tooLarge(originOf(client.name, next), next, null, limit, error);
        pageSize = Math.ceil(pageSize / 2);
        return page(next, signal);
      }
      if (!(error instanceof RpcError)) throw error;
      const most = /limit must not exceed (\d+)/.exec(error.message)?.[1];
      if (most !== undefined && Number(most) >= 1 && Number(most) < pageSize) {
        pageSize = Number(most);
        return page(next, signal);
      }
      const known = /oldest ledger: (\d+) and the latest ledger: (\d+)/.exec(error.message);
      const has = known ? { oldest: Number(known[1]), latest: Number(known[2]) } : await range(signal);
      if (next > has.latest) return { ...has, ledgers: [] };
      if (next >= has.oldest) throw refused(client, error, `ledger ${next}`);
      throw new WalletError(
        "SOURCE_UNAVAILABLE",
        `${client.name} has ledgers ${has.oldest} to ${has.latest}: ledger ${next} is older than it keeps. Set DATASTORE_BUCKET_PATH to a data lake as well, or use a server that keeps more.`,
        { source: client.name, ledger: next, oldest: has.oldest, latest: has.latest },
      );
    }
  }

  function* ledgersOf({ ledgers }: LedgerPage, first: number): Generator<OpenedLedger> {
    let next = first;
    for (const { sequence: claimed, bytes: decode } of ledgers) {
      const opened = openFrom(reader, decode(), client.name, next, { trueHash: true });
      const { sequence } = opened.ledger;
      if (sequence !== next || claimed !== next) {
        throw new WalletError(
          "LEDGER_GAP",
          `${client.name} gives ledger ${sequence === next ? claimed : sequence} where ${next} belongs. Check the server, or use another one.`,
          { source: client.name, ledger: next, found: sequence },
        );
      }
      yield opened;
      next++;
    }
  }

  async function* open(from: number | null, signal: AbortSignal, follow: boolean): AsyncGenerator<OpenedLedger> {
    await requireNetwork(signal);
    let next = from ?? (await range(signal)).latest;
    let empty = 0;
    let coming = deferredResult(page(next, signal));
    while (!signal.aborted) {
      const present = (await coming)();
      const after = next + present.ledgers.length;
      const more = present.ledgers.length > 0 && after <= present.latest;
      if (more) coming = deferredResult(page(after, signal));
      for (const ledger of ledgersOf(present, next)) {
        if (signal.aborted) return;
        yield ledger;
      }
      next = after;
      if (more) continue;
      empty = present.ledgers.length === 0 && next <= present.latest ? empty + 1 : 0;
      if (empty >= EMPTY_PAGES) {
        throw new WalletError(
          "SOURCE_UNAVAILABLE",
          `${client.name} says that it has ledger ${present.latest}, but gives no ledger ${next}. Check the server, or use another one.`,
          { source: client.name, ledger: next, latest: present.latest },
        );
      }
      if (!follow && empty === 0 && next > present.latest) return;
      await sleep(poll, undefined, { signal });
      coming = deferredResult(page(next, signal));
    }
  }

  return {
    name: client.name,
    beginsAt: "latest",
    range,
    async *open(from: number | null, signal: AbortSignal, { follow = true }: OpenOptions = {}) {
      // A reader that leaves early takes the page under way with it.
      const left = new AbortController();
      try {
        yield* open(from, AbortSignal.any([signal, left.signal]), follow);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        left.abort();
      }
    },
    latest: async (signal = new AbortController().signal) => (await range(signal)).latest,
  };
}
