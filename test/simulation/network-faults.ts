import type { Random } from "../../bin/simulated-network/random.ts";
import type { Fault } from "../fixtures/stubs/fault-server.ts";
import type { RpcCall, RpcFault } from "../fixtures/stubs/rpc.ts";
import { withFlippedHeaderBit } from "./memory-source.ts";

interface Page {
  ledgers?: { sequence: number; metadataXdr: string }[];
}

const KINDS = ["delay", "status", "cut", "hang", "garbage", "flipped"] as const;

/**
 * What can go wrong with any HTTP answer.
 * @param kinds of which one is drawn
 */
export function httpFault(from: Random, kinds: readonly (typeof KINDS)[number][] = KINDS): Fault {
  const amount = from.below(2000);
  switch (from.pick(kinds)) {
    case "delay":
      return { delay: from.below(60) };
    case "status":
      return { status: from.pick([408, 429, 500, 502, 503, 504]) };
    case "cut":
      return { cut: amount };
    case "hang":
      return { hang: true };
    case "garbage":
      return { body: () => Buffer.alloc(amount, "<html>") };
    default:
      return { body: (body) => withFlippedBit(body, amount * 13) };
  }
}

function withFlippedBit(body: Buffer, which: number): Buffer {
  if (body.length > 0) body[(which >> 3) % body.length]! ^= 1 << (which & 7);
  return body;
}

/** What can go wrong with a page of ledgers that is well-formed JSON-RPC. */
function pageFault(from: Random): RpcFault {
  const edit = (change: (ledgers: NonNullable<Page["ledgers"]>) => unknown): RpcFault => ({
    result: (result) => ({ ...result, ledgers: change((result as Page).ledgers ?? []) }),
  });
  switch (from.below(7)) {
    case 0:
      return edit((ledgers) => ledgers.toReversed());
    case 1:
      return edit((ledgers) => ledgers.flatMap((ledger) => [ledger, ledger]));
    case 2:
      return edit((ledgers) => ledgers.slice(1));
    case 3:
      return edit(() => []);
    case 4:
      return edit((ledgers) => ledgers.map(({ metadataXdr, ...ledger }) => ({ ...ledger, metadataXdr: metadataXdr.slice(0, -8) })));
    case 5: {
      const which = from.below(2000);
      const damaged = (base64: string): string =>
        Buffer.from(withFlippedHeaderBit(Buffer.from(base64, "base64"), which)).toString("base64");
      return edit((ledgers) => ledgers.map((ledger) => ({ ...ledger, metadataXdr: damaged(ledger.metadataXdr) })));
    }
    default:
      return { error: { code: from.pick([-32603, -32600, -32602]), message: "simulated" } };
  }
}

/** An object of a lake has a checksum. A page of RPC has none, and no hash covers a ledger's meta: whoever flips a bit there is not found out. */
const FOUND_OUT_IN_PAGES = KINDS.filter((kind) => kind !== "flipped");

/** Faults of Stellar RPC for so many calls, then none. */
export function rpcFaults(from: Random, calls: number): (call: RpcCall) => RpcFault | null {
  let left = calls;
  return ({ method }) => {
    if (left-- <= 0 || from.below(2) === 0) return null;
    if (method !== "getLedgers") return httpFault(from);
    return from.below(2) === 0 ? pageFault(from) : httpFault(from, FOUND_OUT_IN_PAGES);
  };
}
