import type { Address } from "../ledger/address.ts";
import { scAddressAt } from "../ledger/addresses.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { elements, type Words } from "../ledger/words.ts";
import {
  ContractIdPreimageType,
  HostFunctionType,
  OperationType,
  readInvokeHostFunctionOp,
  readSorobanAddressCredentialsWithDelegates,
  readSorobanAuthorizationEntry,
  readSorobanAuthorizedInvocation,
  readSorobanDelegateSignature,
  skipContractIdPreimage,
  skipSorobanAuthorizationEntry,
  skipSorobanAuthorizedInvocation,
  skipSorobanDelegateSignature,
  SorobanAuthorizedFunctionType,
} from "../ledger/xdr.generated.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";

/** Id of the contract made by the CreateContractArgs (V1 or V2) at `p`, and its deployer (null for an asset's contract). */
export function createdContract(ledger: Ledger, ids: ContractIds, p: number): { contract: Address; deployer: Address | null } {
  // Both versions begin with the ContractIdPreimage.
  const { x, bytes } = ledger;
  const contract = ids.fromPreimage(bytesAt(bytes, p, skipContractIdPreimage(x, p) - p));
  const fromAddress = x[p] === ContractIdPreimageType.contractIdPreimageFromAddress;
  return { contract, deployer: fromAddress ? scAddressAt(x, p + 1) : null };
}

/** Offsets of the root invocations of an InvokeHostFunction operation's authorisation entries, with their credentials. */
export function authorizations(x: Words, op: LedgerOperation): { credentials: number; rootInvocation: number }[] {
  const { auth } = readInvokeHostFunctionOp(x, op.body);
  return elements(x, auth, skipSorobanAuthorizationEntry).map((p) => readSorobanAuthorizationEntry(x, p));
}

/** Sub-invocations of a SorobanAuthorizedInvocation. */
export function subInvocations(x: Words, invocation: number): number[] {
  return elements(x, readSorobanAuthorizedInvocation(x, invocation).subInvocations, skipSorobanAuthorizedInvocation);
}

/**
 * Adds the participants of an operation in a successful Soroban transaction: the source as written, invoked and created
 * contracts, deployers, and everyone in the authorisation entries (CAP-71 credentials too, GAP-6). Never arguments, footprints
 * or event parties.
 */
export function addSorobanParticipants(context: LedgerContext, op: LedgerOperation, accounts: Set<Address>): void {
  accounts.add(op.sourceAsWritten);
  if (op.type !== OperationType.invokeHostFunction) return;
  const { x, ledger, ids } = context;
  // The host function is the operation's first field.
  const hostFunction = x[op.body]!;
  if (hostFunction === HostFunctionType.hostFunctionTypeUploadContractWasm) return;
  if (hostFunction === HostFunctionType.hostFunctionTypeInvokeContract) accounts.add(scAddressAt(x, op.body + 1));
  else addCreation(ledger, ids, op.body + 1, accounts);
  for (const { credentials, rootInvocation } of authorizations(x, op)) {
    addCredentials(x, credentials, accounts);
    addInvocation(context, rootInvocation, accounts);
  }
}

function addCreation(ledger: Ledger, ids: ContractIds, p: number, accounts: Set<Address>): void {
  const { contract, deployer } = createdContract(ledger, ids, p);
  accounts.add(contract);
  if (deployer) accounts.add(deployer);
}

function addCredentials(x: Words, p: number, accounts: Set<Address>): void {
  switch (x[p]) {
    case 0:
      return;
    case 3: {
      const { addressCredentials, delegates } = readSorobanAddressCredentialsWithDelegates(x, p + 1);
      accounts.add(scAddressAt(x, addressCredentials));
      addDelegates(x, delegates, accounts);
      return;
    }
    default:
      accounts.add(scAddressAt(x, p + 1));
  }
}

function addDelegates(x: Words, p: number, accounts: Set<Address>): void {
  for (const at of elements(x, p, skipSorobanDelegateSignature)) {
    const delegate = readSorobanDelegateSignature(x, at);
    accounts.add(scAddressAt(x, delegate.address));
    addDelegates(x, delegate.nestedDelegates, accounts);
  }
}

function addInvocation(context: LedgerContext, invocation: number, accounts: Set<Address>): void {
  const { x, ledger, ids } = context;
  if (x[invocation] === SorobanAuthorizedFunctionType.sorobanAuthorizedFunctionTypeContractFn) accounts.add(scAddressAt(x, invocation + 1));
  else addCreation(ledger, ids, invocation + 1, accounts);
  for (const sub of subInvocations(x, invocation)) addInvocation(context, sub, accounts);
}
