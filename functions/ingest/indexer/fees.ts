import type { Address } from "../../shared/xdr/address.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import { entryData } from "../ledger/changes.ts";
import type { LedgerTransaction } from "../ledger/transactions.ts";
import { int64, type Words } from "../../shared/xdr/words.ts";
import { LedgerEntryType, skipLedgerEntryChange } from "../../shared/xdr/xdr.generated.ts";

interface BalanceSpan {
  /** Balance of the last `state` entry of the account, or null. */
  before: bigint | null;
  /** Balance of the last `updated` entry of the account, or null. */
  after: bigint | null;
}

/** The account's XLM before and after in a LedgerEntryChange[] at `p` (0: absent). */
function span(x: Words, p: number, account: Address, found: BalanceSpan): BalanceSpan {
  if (p === 0) return found;
  const n = x[p]! >>> 0;
  let at = p + 1;
  for (let i = 0; i < n; i++) {
    const kind = x[at]!;
    const body = at + 1;
    if ((kind === 3 || kind === 1) && x[body + 1] === LedgerEntryType.account) {
      const entry = entryData(body);
      if (accountAt(x, entry + 1) === account) {
        // AccountEntry: PublicKey (9 words), then the balance.
        if (kind === 3) found.before = int64(x, entry + 9);
        else found.after = int64(x, entry + 9);
      }
    }
    at = skipLedgerEntryChange(x, at);
  }
  return found;
}

/** What came back to the fee account after the transaction was applied (Soroban resources not used), never negative. Stroops. */
function refund(x: Words, tx: LedgerTransaction): bigint {
  const account = tx.envelope.feeAccount;
  const found = span(x, tx.postFeeChanges, account, span(x, tx.changesAfter, account, { before: null, after: null }));
  if (found.before === null || found.after === null) return 0n;
  const difference = found.after - found.before;
  return difference > 0n ? difference : 0n;
}

/** The fee as `transactions.fee_charged` has it: core's result before protocol 21 forgets the refund of a Soroban fee bump. */
export function chargedFee(x: Words, tx: LedgerTransaction, protocolVersion: number): bigint {
  const charged = int64(x, tx.feeCharged);
  const corrected = tx.envelope.isSoroban && tx.envelope.isFeeBump && protocolVersion < 21;
  return corrected ? charged - refund(x, tx) : charged;
}

/** The fee as the state change has it: what left the fee account, less what came back. */
export function netFee(x: Words, tx: LedgerTransaction): bigint {
  const charged = int64(x, tx.feeCharged);
  if (!tx.envelope.isSoroban) return charged;
  const found = span(x, tx.feeChanges, tx.envelope.feeAccount, { before: null, after: null });
  if (found.before === null || found.after === null) return charged;
  return found.before - found.after - refund(x, tx);
}
