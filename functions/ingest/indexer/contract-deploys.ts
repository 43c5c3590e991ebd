import { transactionToid } from "../../shared/columns/toid.ts";
import type { Address } from "../ledger/address.ts";
import { HostFunctionType, SorobanAuthorizedFunctionType } from "../ledger/xdr.generated.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { authorizations, createdContract, subInvocations } from "./soroban-participants.ts";
import { STREAM_BASE, type StateChanges } from "./state-change.ts";

/**
 * One ACCOUNT/CREATE a contract that an invocation deploys from an address: the host function itself, then the authorised
 * invocations depth first. Only of successful transactions (GAP-2).
 */
export function addContractDeploys(context: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  const { x, ledger, ids } = context;
  changes.begin(transactionToid(op.tx.index), op.toid, STREAM_BASE.contractDeploy);
  const seen = new Set<Address>();
  const add = (arguments_: number): void => {
    const { contract, deployer } = createdContract(ledger, ids, arguments_);
    if (!deployer || seen.has(contract)) return;
    seen.add(contract);
    changes.add("ACCOUNT", "CREATE", contract).creator = deployer;
  };
  const walk = (invocation: number): void => {
    if (x[invocation] !== SorobanAuthorizedFunctionType.sorobanAuthorizedFunctionTypeContractFn) add(invocation + 1);
    for (const sub of subInvocations(x, invocation)) walk(sub);
  };
  const hostFunction = x[op.body]!;
  if (
    hostFunction === HostFunctionType.hostFunctionTypeCreateContract ||
    hostFunction === HostFunctionType.hostFunctionTypeCreateContractV2
  )
    add(op.body + 1);
  for (const { rootInvocation } of authorizations(x, op)) walk(rootInvocation);
}
