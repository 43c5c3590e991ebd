import { setTimeout as sleep } from "node:timers/promises";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import type { LedgerSource, OpenOptions } from "../../functions/ingest/source/ledger-source.ts";
import { openFrom } from "../../functions/ingest/source/opened-ledger.ts";
import { SimulatedChain, type ChainOptions } from "./chain.ts";

/** Options of `simulatedNetworkSource`; all but `passphrase` and `startedAt` have defaults. */
export type SimulatedNetworkOptions = Pick<ChainOptions, "passphrase" | "startedAt"> & Partial<ChainOptions>;

/**
 * A network of its own that closes a ledger every few seconds of wall-clock time, for trying things out without a node. The
 * same options give the same ledgers, so a restart goes on with the same chain. Uses the Stellar SDK's encoder: the command
 * line imports it, the ingest function never.
 */
export function simulatedNetworkSource(options: SimulatedNetworkOptions): LedgerSource {
  const settings: ChainOptions = { seed: "sandbox", startLedger: 2, closeSeconds: 5, ...options };
  const reader = new LedgerReader();
  let chain = new SimulatedChain(settings);

  function latest(): number | null {
    const passed = Math.floor((Date.now() / 1000 - settings.startedAt) / settings.closeSeconds);
    return passed < 0 ? null : settings.startLedger + passed;
  }

  return {
    name: `sandbox:${settings.seed}`,
    beginsAt: "oldest",
    async *open(from: number | null, signal: AbortSignal, { follow = true }: OpenOptions = {}) {
      const first = from ?? settings.startLedger;
      if (first < settings.startLedger) {
        throw new WalletError(
          "LEDGER_GAP",
          `The sandbox begins with ledger ${settings.startLedger}, not ${first}. Use an empty database.`,
          { ledger: first },
        );
      }
      if (chain.next > first) chain = new SimulatedChain(settings);
      while (!signal.aborted) {
        if (chain.next > (latest() ?? 0)) {
          if (!follow) return;
          const wait = Math.max(10, chain.closesAt(chain.next) * 1000 - Date.now());
          await sleep(wait, undefined, { signal }).catch(() => {});
          continue;
        }
        const sequence = chain.next;
        const bytes = chain.close();
        if (sequence >= first) yield openFrom(reader, bytes, "sandbox", sequence, { trueHash: true });
      }
    },
    latest: () => Promise.resolve(latest()),
  };
}
