import { StrkeyVersion } from "../../shared/strkey.ts";
import { addressAt } from "../../shared/xdr/addresses.ts";
import { elements } from "../../shared/xdr/words.ts";
import { ContractEventType, readContractEvent, readContractEventV0, skipScVal } from "../../shared/xdr/xdr.generated.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { scValue, type ScValue } from "./sc-value.ts";

/** What a contract emitted, as plain data. */
export interface EmittedEvent {
  /** `C…` */
  contract: string;
  topics: ScValue[];
  data: ScValue;
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
      },
    ];
  });
}
