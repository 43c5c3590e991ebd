import type { Address } from "../../../shared/xdr/address.ts";
import type { Words } from "../../../shared/xdr/words.ts";
import { int32At } from "../../../shared/columns/int32-at.ts";
import { LedgerEntryType, readTtlEntry } from "../../../shared/xdr/xdr.generated.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import { dataKeyHash } from "../../ledger/key-hash.ts";
import type { LedgerContext, LedgerOperation } from "../operation.ts";
import { balanceAt, type TokenKey, valueOf } from "../token-entries.ts";
import type { TokenEvent } from "../token-events.ts";

/** What a ledger says for and against reading a contract's balances from its storage. Counts are of holders and operations. */
interface Evidence {
  /** An entry changed by what the events say. */
  agreements: number;
  /** It changed by something else, or without an event. */
  differences: number;
  /** Events name a holder whose entry did not change, or an entry is negative. */
  contradictions: number;
  /** The first contradiction; null: none. */
  contradiction: string | null;
  /** Did an event have a negative amount? It is no movement. */
  hasNegativeAmount: boolean;
}

/** A change of a balance's entry in an operation. */
export interface BalanceChange {
  readonly key: TokenKey;
  readonly change: Change;
}

/** Amounts by contract and holder. */
type Amounts = Map<Address, Map<Address, bigint>>;

/** What the movements of some events sum up to, by contract and holder; those that net to nothing included. */
export function netsOf(events: readonly TokenEvent[]): Amounts {
  const nets: Amounts = new Map();
  for (const event of events) {
    if (event.kind === "approve" || event.amount <= 0n) continue;
    if (event.from) addAmount(nets, event.contract, event.from, -event.amount);
    if (event.to) addAmount(nets, event.contract, event.to, event.amount);
  }
  return nets;
}

/** Adds to the amount of a holder. */
export function addAmount(amounts: Amounts, contract: Address, holder: Address, amount: bigint): void {
  let holders = amounts.get(contract);
  if (!holders) amounts.set(contract, (holders = new Map()));
  holders.set(holder, (holders.get(holder) ?? 0n) + amount);
}

/** An entry before and after an operation; no entry, or none that says a balance, is 0. */
interface Held {
  before: bigint;
  after: bigint;
}

/**
 * Compares the events of operations with what the operations did to the entries of balances. By operation, since later ones of the ledger
 * may undo what a contract does behind its events.
 */
export class LayoutEvidence {
  readonly byContract = new Map<Address, Evidence>();

  /** @param nets of the operation's events @param changes of balances, in their order */
  add(context: LedgerContext, op: LedgerOperation, events: readonly TokenEvent[], nets: Amounts, changes: readonly BalanceChange[]): void {
    const held = heldOf(context, op, changes);
    for (const { kind, contract, amount } of events) if (kind !== "approve" && amount < 0n) this.#of(contract).hasNegativeAmount = true;
    for (const [contract, holders] of nets) {
      for (const [holder, net] of holders) {
        if (net === 0n) continue;
        const entry = held.get(contract)?.get(holder);
        const delta = entry ? entry.after - entry.before : 0n;
        const evidence = this.#of(contract);
        if (delta === net) evidence.agreements++;
        else if (delta !== 0n) evidence.differences++;
        else contradict(evidence, `${contract.text}: events move ${net} of ${holder.text}, whose entry stays as it was`);
      }
    }
    for (const [contract, holders] of held) {
      for (const [holder, { before, after }] of holders) {
        if (after !== before && !nets.get(contract)?.get(holder)) this.#of(contract).differences++;
        if (after < 0n && after !== before)
          contradict(this.#of(contract), `${contract.text}: the entry of ${holder.text} is negative, ${after}`);
      }
    }
  }

  #of(contract: Address): Evidence {
    let evidence = this.byContract.get(contract);
    if (!evidence) {
      evidence = { agreements: 0, differences: 0, contradictions: 0, contradiction: null, hasNegativeAmount: false };
      this.byContract.set(contract, evidence);
    }
    return evidence;
  }
}

function contradict(evidence: Evidence, what: string): void {
  evidence.contradictions++;
  evidence.contradiction ??= what;
}

/** What an operation did to the entries of balances, by contract and holder. A holder with a temporary entry beside the other has both. */
function heldOf(context: LedgerContext, op: LedgerOperation, changes: readonly BalanceChange[]): Map<Address, Map<Address, Held>> {
  const { x } = context;
  const held = new Map<Address, Map<Address, Held>>();
  for (const { key, change } of changes) {
    // What comes back from the archive was there all the time.
    const before = change.restored ? change.post : isOver(context, op, key, change) ? 0 : change.pre;
    const [was, is] = [before, change.post].map((entry) => (entry === 0 ? 0n : (balanceAt(x, valueOf(entry, change)) ?? 0n)));
    let holders = held.get(key.contract);
    if (!holders) held.set(key.contract, (holders = new Map()));
    const entry = holders.get(key.owner);
    // The change begins where the one before it ended.
    if (entry) entry.after += is! - was!;
    else holders.set(key.owner, { before: was!, after: is! });
  }
  return held;
}

/** Was a temporary entry over before? It is there until it is evicted, and overwritten when it is made again. */
function isOver(context: LedgerContext, op: LedgerOperation, { isTemporary }: TokenKey, { pre }: Change): boolean {
  if (!isTemporary || pre === 0) return false;
  const { x, ledger } = context;
  const hash = dataKeyHash(ledger, pre);
  return op.changes.some((ttl) => {
    if (ttl.type !== LedgerEntryType.ttl || ttl.pre === 0 || !isHashAt(x, ttl.keyStart, hash)) return false;
    return readTtlEntry(x, entryData(ttl.pre)).liveUntilLedgerSeq < ledger.sequence;
  });
}

function isHashAt(x: Words, p: number, hash: Uint8Array): boolean {
  for (let i = 0; i < 8; i++) if (x[p + i] !== int32At(hash, i * 4)) return false;
  return true;
}
