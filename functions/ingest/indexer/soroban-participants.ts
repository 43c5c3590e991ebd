import { StrkeyVersion } from "../../shared/strkey.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { addressAt, scAddressAt } from "../../shared/xdr/addresses.ts";
import { ContractEventType, HostFunctionType, OperationType, readContractEvent } from "../../shared/xdr/xdr.generated.ts";
import { authorizers } from "./authorizations.ts";
import type { CallEffects } from "./call-effects.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";

/**
 * Participants that an operation may have besides its source, its classic counterparties, the contract that it calls and whoever has a
 * state change in it (docs/indexing.md).
 */
export const MAX_OTHER_PARTICIPANTS = 64;

/** Adds who an operation in a successful Soroban transaction belongs to whatever it did: its source as written and the contract that it calls. */
export function addCallParties({ x }: LedgerContext, op: LedgerOperation, accounts: Set<Address>): void {
  accounts.add(op.sourceAsWritten);
  if (op.type === OperationType.invokeHostFunction && x[op.body] === HostFunctionType.hostFunctionTypeInvokeContract)
    accounts.add(scAddressAt(x, op.body + 1));
}

/**
 * Adds who took part in a contract call, as what was executed shows: who authorised it, deployers, and the contracts that it created, whose
 * data it changed, and that emitted an event; in this order, up to MAX_OTHER_PARTICIPANTS that are not there yet. Never who is only named:
 * by an authorisation entry that was not used, an argument, a footprint or a topic of an event.
 * @param deployers of the contracts that have an ACCOUNT/CREATE row
 */
export function addCallParticipants(
  context: LedgerContext,
  op: LedgerOperation,
  { created, written, nonces }: CallEffects,
  deployers: readonly Address[],
  accounts: Set<Address>,
): void {
  const limit = accounts.size + MAX_OTHER_PARTICIPANTS;
  const addAll = (addresses: Iterable<Address>): void => {
    for (const address of addresses) {
      if (accounts.size === limit) return;
      accounts.add(address);
    }
  };
  addAll(authorizers(context, op, nonces));
  addAll(deployers);
  addAll(created);
  addAll(written);
  addAll(emitters(context, op));
}

/** The contracts that emitted an event, the host's own in their name included (e.g. an upgrade's). */
function* emitters({ x }: LedgerContext, op: LedgerOperation): Generator<Address> {
  for (const p of op.events) {
    const { contractId, type } = readContractEvent(x, p);
    if (x[contractId] === 1 && type !== ContractEventType.diagnostic) yield addressAt(x, contractId + 1, StrkeyVersion.contract);
  }
}
