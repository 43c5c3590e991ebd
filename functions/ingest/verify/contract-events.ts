import { decodeStrkey, encodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import { addressAt } from "../../shared/xdr/addresses.ts";
import { elements } from "../../shared/xdr/words.ts";
import {
  ContractEventType,
  readContractEvent,
  readContractEventV0,
  readTransactionResult,
  readTransactionResultPair,
  skipScVal,
} from "../../shared/xdr/xdr.generated.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { operationEvents } from "./change-lists.ts";
import { scValue, type ScValue } from "./sc-value.ts";

/** What a contract emitted, as plain data. */
export interface EmittedEvent {
  /** `C…` */
  contract: string;
  topics: ScValue[];
  data: ScValue;
  /** The word where the data is. */
  dataAt: number;
}

/** The events of contracts' own among the ContractEvents at these words. */
export function contractEvents(ledger: Ledger, offsets: readonly number[]): EmittedEvent[] {
  const { x } = ledger;
  return offsets.flatMap((p) => {
    const { type, contractId, body } = readContractEvent(x, p);
    if (type !== ContractEventType.contract || x[contractId] !== 1 || x[body] !== 0) return [];
    const { topics, data } = readContractEventV0(x, body + 1);
    return [
      {
        contract: addressAt(x, contractId + 1, StrkeyVersion.contract).text,
        topics: elements(x, topics, skipScVal).map((at) => scValue(ledger, at)),
        data: scValue(ledger, data),
        dataAt: data,
      },
    ];
  });
}

/** TransactionResultCodes of transactions that were applied: txSUCCESS, txFEE_BUMP_INNER_SUCCESS. */
const APPLIED: ReadonlySet<number | undefined> = new Set([0, 1]);

/** What contracts emitted in the operations of transactions that succeeded. @returns `transaction`: its place in the ledger, from 1 */
export function appliedEvents(ledger: Ledger): { transaction: number; events: EmittedEvent[] }[] {
  const { x } = ledger;
  return operationEvents(ledger).flatMap(({ result, events }, at) => {
    const code = x[readTransactionResult(x, readTransactionResultPair(x, result).result).result];
    return APPLIED.has(code) ? [{ transaction: at + 1, events: contractEvents(ledger, events) }] : [];
  });
}

/** The address that a value is, a muxed one as its account; null: it is none. */
export function accountOf(value: ScValue | undefined): string | null {
  const address = typeof value === "string" && value.startsWith("address ") ? value.slice("address ".length) : null;
  if (!address?.startsWith("M")) return address;
  return encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.account), decodeStrkey(address)!.subarray(1, 33)]));
}
