import { WalletError } from "../../shared/errors.ts";
import { decodeBase64, isLongString } from "./long-strings.ts";
import type { RpcResult } from "./rpc-client.ts";

/** The ledgers that a server has. */
export interface LedgerRange {
  oldest: number;
  latest: number;
}

/** A response to `getLedgers`. */
export interface LedgerPage extends LedgerRange {
  /** In the server's order, not checked. */
  ledgers: PageLedger[];
}

/** A ledger of a page. */
interface PageLedger {
  sequence: number;
  /** Decodes the XDR `LedgerCloseMeta`. */
  bytes(): Buffer;
}

/** The error for a response that is no Stellar RPC server's. */
export function malformed(name: string, method: string): WalletError {
  return new WalletError(
    "SOURCE_UNAVAILABLE",
    `${name} answers ${method} in a form that is not Stellar RPC's. Check RPC_URL, and that the server is version 22 or newer.`,
    { source: name, method },
  );
}

function isSequence(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 0xffffffff;
}

/** Reads a result's `oldestLedger` and `latestLedger`. */
function rangeOf(result: unknown): LedgerRange | null {
  if (typeof result !== "object" || result === null) return null;
  const { oldestLedger: oldest, latestLedger: latest } = result as Record<string, unknown>;
  return isSequence(oldest) && isSequence(latest) && oldest <= latest ? { oldest, latest } : null;
}

/** Reads a result of `getHealth`. @throws WalletError SOURCE_UNAVAILABLE when it has another form */
export function readRange({ value }: RpcResult, name: string): LedgerRange {
  const range = rangeOf(value);
  if (!range) throw malformed(name, "getHealth");
  return range;
}

/** Reads a result of `getLedgers`. @throws WalletError SOURCE_UNAVAILABLE when it has another form */
export function readPage({ value, body }: RpcResult, name: string): LedgerPage {
  const range = rangeOf(value);
  const { ledgers } = (value ?? {}) as { ledgers?: unknown };
  if (!range || !Array.isArray(ledgers)) throw malformed(name, "getLedgers");
  return {
    ...range,
    ledgers: ledgers.map((ledger: { sequence?: unknown; metadataXdr?: unknown } | null) => {
      const { sequence, metadataXdr: metadata } = ledger ?? {};
      if (isSequence(sequence)) {
        if (typeof metadata === "string") return { sequence, bytes: () => Buffer.from(metadata, "base64") };
        if (isLongString(metadata, body.length)) return { sequence, bytes: () => decodeBase64(body, metadata) };
      }
      throw malformed(name, "getLedgers");
    }),
  };
}
