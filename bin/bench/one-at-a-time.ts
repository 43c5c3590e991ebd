import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";

/**
 * The source, but a ledger comes only after the one before was written, so that no phase overlaps with another.
 * @returns the source, and what to call after each written ledger
 */
export function oneAtATime(source: LedgerSource): { source: LedgerSource; written: () => void } {
  let release = (): void => {};
  const gated: LedgerSource = {
    name: source.name,
    beginsAt: source.beginsAt,
    async *open(...where) {
      for await (const ledger of source.open(...where)) {
        const written = new Promise<void>((resolve) => {
          release = resolve;
        });
        yield ledger;
        await written;
      }
    },
  };
  return { source: gated, written: () => release() };
}
