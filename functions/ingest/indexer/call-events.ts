import type { Words } from "../../shared/xdr/words.ts";
import { OperationType } from "../../shared/xdr/xdr.generated.ts";
import type { ContractEvent } from "./contract-events.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";

/**
 * A reader of one kind of events: those of a contract call of a successful transaction that `parse` understands, in their order, whatever
 * emitted them; none of any other operation. Each operation is read once, whoever asks.
 */
export function callEventReader<Event>(
  parse: (x: Words, event: ContractEvent) => Event | null,
): (context: LedgerContext, op: LedgerOperation) => readonly Event[] {
  const none: readonly Event[] = [];
  const read = new WeakMap<LedgerOperation, readonly Event[]>();
  return ({ x }, op) => {
    if (op.type !== OperationType.invokeHostFunction || !op.tx.successful || op.contractEvents.length === 0) return none;
    let events = read.get(op);
    if (!events) {
      events = op.contractEvents.map((event) => parse(x, event)).filter((event) => event !== null);
      read.set(op, events);
    }
    return events;
  };
}
