import { transactionToid } from "../../shared/columns/toid.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { scAddressAt } from "../../shared/xdr/addresses.ts";
import { bytesAt } from "../ledger/ledger.ts";
import type { Words } from "../../shared/xdr/words.ts";
import {
  ContractIdPreimageType,
  HostFunctionType,
  skipContractIdPreimage,
  skipSorobanAuthorizedFunction,
  SorobanAuthorizedFunctionType,
} from "../../shared/xdr/xdr.generated.ts";
import { authorizations } from "./authorizations.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { STREAM_BASE, type StateChanges } from "./state-change.ts";

/**
 * One ACCOUNT/CREATE a contract that an invocation created and whose deployer is known: the host function or an authorised invocation
 * holds the preimage (an address and a salt) that its id is the hash of. The order is that of the preimages: host function, then the
 * authorised invocations depth first. What is declared and was not created has no row; neither have contracts that a contract deployed
 * by itself, whose salt is nowhere, nor those of assets, which anybody may deploy.
 * @param created contracts whose instance the operation created
 * @returns the deployers
 */
export function addContractDeploys(
  context: LedgerContext,
  op: LedgerOperation,
  created: ReadonlySet<Address>,
  changes: StateChanges,
): Address[] {
  const deployers: Address[] = [];
  if (created.size === 0) return deployers;
  const { x, ledger, ids } = context;
  changes.begin(transactionToid(op.tx.index), op.toid, STREAM_BASE.contractDeploy);
  const left = new Set(created);
  for (const preimage of declaredPreimages(x, op)) {
    // The hash of another kind of preimage is another contract's.
    if (x[preimage] !== ContractIdPreimageType.contractIdPreimageFromAddress) continue;
    const contract = ids.fromPreimage(bytesAt(ledger.bytes, preimage, skipContractIdPreimage(x, preimage) - preimage));
    if (!left.delete(contract)) continue;
    const deployer = scAddressAt(x, preimage + 1);
    changes.add("ACCOUNT", "CREATE", contract).creator = deployer;
    deployers.push(deployer);
    if (left.size === 0) break;
  }
  return deployers;
}

/** Offsets of the ContractIdPreimages that the host function and the authorised invocations of an operation declare. */
function* declaredPreimages(x: Words, op: LedgerOperation): Generator<number> {
  const hostFunction = x[op.body]!;
  // CreateContractArgs and CreateContractArgsV2 both begin with the preimage.
  if (
    hostFunction === HostFunctionType.hostFunctionTypeCreateContract ||
    hostFunction === HostFunctionType.hostFunctionTypeCreateContractV2
  )
    yield op.body + 1;
  for (const { rootInvocation } of authorizations(x, op)) {
    let p = rootInvocation;
    // A tree in its order of bytes: a node, the number of its children, the children. As deep as it may be, one loop reads it.
    for (let left = 1; left > 0; left--) {
      if (x[p] !== SorobanAuthorizedFunctionType.sorobanAuthorizedFunctionTypeContractFn) yield p + 1;
      p = skipSorobanAuthorizedFunction(x, p);
      left += x[p++]! >>> 0;
    }
  }
}
