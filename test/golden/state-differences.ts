import type { GoldenLedger, GoldenRow } from "../fixtures/golden-ledgers.ts";
import { REFUNDED_BALANCES } from "./refunded-balances.ts";

/**
 * Where our current state differs from the peer's on purpose: each entry changes the peer's rows of a ledger into what ours must
 * be and says how many rows it touched; one that touches none on any ledger is stale and fails the suite.
 */
interface StateDifference {
  /** GAP-n of spec indexing section 10. */
  number: string;
  reason: string;
  apply(ledger: GoldenLedger, baseReserve: number): number;
}

/** Base reserve that the peer assumes, stroops. */
const ASSUMED_RESERVE = 5_000_000n;
/** A contract that is no SAC but stores a balance like one (synthetic-soroban). */
const FAKE_SAC = "CABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAARHO";
/** A holder whose balance is restored and removed in one ledger (synthetic-soroban). */
const RESTORED_AND_REMOVED: GoldenRow = {
  account_id: "CADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA7M3",
  balance: "0",
  contract: "CDXWCNF3XQRLBKXA5NIGSLP2DG7AUCZXQAHN26ENWBBRQJKTE3AJJVMQ",
  contract_id: "a84e002f-dec2-50e8-a5bc-8625ec20bc45",
  is_authorized: false,
  is_clawback_enabled: false,
  op: "REMOVE",
};

/** The operation that does it, by ledger. */
const REMOVED_BY: Record<string, string> = { "synthetic-soroban-v3": "446676623361", "synthetic-soroban-v4": "442381656065" };

export const STATE_DIFFERENCES: StateDifference[] = [
  {
    number: "GAP-10",
    reason: "the minimum balance follows the ledger's own base reserve",
    apply({ golden }, baseReserve) {
      if (BigInt(baseReserve) === ASSUMED_RESERVE) return 0;
      for (const row of golden.native_balances ?? []) {
        row.minimum_balance = String((BigInt(row.minimum_balance as string) / ASSUMED_RESERVE) * BigInt(baseReserve));
      }
      return golden.native_balances?.length ?? 0;
    },
  },
  {
    number: "GAP-15",
    reason: "a refund before protocol 23 belongs to the fee account's balance",
    apply({ name, golden }) {
      let touched = 0;
      for (const [ledger, account, peer, ours] of REFUNDED_BALANCES) {
        const row = ledger === name ? golden.native_balances?.find((r) => r.account_id === account && r.balance === peer) : undefined;
        if (!row) continue;
        row.balance = ours;
        touched++;
      }
      return touched;
    },
  },
  {
    number: "GAP-12",
    reason: "a contract that is not proven to be a Stellar Asset Contract has no SAC balance to show",
    apply({ golden }) {
      const before = golden.sac_balances ?? [];
      golden.sac_balances = before.filter((row) => row.contract !== FAKE_SAC);
      return before.length - golden.sac_balances.length;
    },
  },
  {
    number: "GAP-17",
    reason: "an entry that is restored and removed in one ledger was there before, so its row goes",
    apply({ name, golden }) {
      const operation = REMOVED_BY[name];
      if (operation === undefined) return 0;
      golden.sac_balances = [...(golden.sac_balances ?? []), { ...RESTORED_AND_REMOVED, operation_id: operation }];
      return 1;
    },
  },
];
