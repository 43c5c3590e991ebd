import { elements } from "../../shared/xdr/words.ts";
import {
  readContractEvent,
  readContractEventV0,
  readOperationMetaV2,
  readSorobanTransactionMeta,
  readTransactionMetaV3,
  readTransactionMetaV4,
  readTransactionResult,
  readTransactionResultPair,
  skipContractEvent,
  skipOperationMetaV2,
  skipScVal,
} from "../../shared/xdr/xdr.generated.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { transactionMetas } from "./change-lists.ts";

/** An event of an operation. Offsets are word offsets: of the emitter's 32 bytes, of ScVals. */
interface CallEvent {
  contract: number;
  topics: number[];
  data: number;
}

/** TransactionResultCodes: txSUCCESS, txFEE_BUMP_INNER_SUCCESS. */
const SUCCESSES = [0, 1];

/** What contracts emitted in the operations of successful transactions, in order: found anew from the ledger's first word. */
export function callEvents(ledger: Ledger): CallEvent[] {
  const { x } = ledger;
  return transactionMetas(ledger)
    .filter(({ result }) => SUCCESSES.includes(x[readTransactionResult(x, readTransactionResultPair(x, result).result).result]!))
    .flatMap(({ meta }) => eventsOf(ledger, meta))
    .flatMap((p) => {
      const { contractId, type, body } = readContractEvent(x, p);
      // The type "contract".
      if (type !== 1 || x[contractId] !== 1 || x[body] !== 0) return [];
      const { topics, data } = readContractEventV0(x, body + 1);
      return [{ contract: contractId + 1, topics: elements(x, topics, skipScVal), data }];
    });
}

/** Offsets of the operations' ContractEvents of the TransactionMeta at `p`. */
function eventsOf({ x }: Ledger, p: number): number[] {
  if (x[p] === 3) {
    const { sorobanMeta } = readTransactionMetaV3(x, p + 1);
    return x[sorobanMeta] === 1 ? elements(x, readSorobanTransactionMeta(x, sorobanMeta + 1).events, skipContractEvent) : [];
  }
  if (x[p] !== 4) return [];
  const { operations } = readTransactionMetaV4(x, p + 1);
  return elements(x, operations, skipOperationMetaV2).flatMap((at) => elements(x, readOperationMetaV2(x, at).events, skipContractEvent));
}
