import { createHash } from "node:crypto";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { operationOf } from "../../functions/ingest/indexer/operation.ts";
import { addClassicParticipants, addTransactionParticipants } from "../../functions/ingest/indexer/participants.ts";
import type { Address } from "../../functions/shared/xdr/address.ts";
import { pairChanges } from "../../functions/ingest/ledger/changes.ts";
import { transactions } from "../../functions/ingest/ledger/transactions.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import type { GoldenLedger } from "../fixtures/golden-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";

/** What a contract call declares and what it did, worked out with the SDK's decoder. Addresses are strkeys. */
interface ExecutedCall {
  /** Whom the reference implementation links for the host function and the authorisation entries. */
  declared: Set<string>;
  /** Contracts whose instance was created. */
  created: Set<string>;
  /** The called contract, authorisers by credentials of CAP-46-11, deployers, and contracts that were created, changed data or emitted an event. */
  executed: Set<string>;
  /** Authorisers by credentials of CAP-71. */
  authorizers71: Set<string>;
  /** Source, sponsor: the operation's whatever it calls. */
  ofOperation: Set<string>;
  /** The same of its transaction. */
  ofTransaction: Set<string>;
}

type Ledger = Pick<GoldenLedger, "bytes" | "passphrase">;

const sha256 = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const idOf = (passphrase: string): Buffer => createHash("sha256").update(passphrase).digest();

function addressText(address: xdr.ScAddress): string {
  const version = address.type === "scAddressTypeContract" ? StrkeyVersion.contract : StrkeyVersion.account;
  return encodeStrkey(Buffer.concat([Buffer.of(version), address.toXdr().subarray(-32)]));
}

function contractText(id: Uint8Array): string {
  return encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.contract), id]));
}

const decoded = new WeakMap<Uint8Array, xdr.LedgerCloseMeta>();

/** The SDK's decoding of a transaction's meta. @param transaction its index in the ledger */
export function metaOf(bytes: Uint8Array, transaction: number): xdr.TransactionMeta {
  let meta = decoded.get(bytes);
  if (!meta) decoded.set(bytes, (meta = xdr.LedgerCloseMeta.fromXdr(bytes)));
  const parts = meta.type === "v2" ? meta.v2 : meta.type === "v1" ? meta.v1 : meta.v0;
  return parts.txProcessing[transaction]!.txApplyProcessing;
}

/**
 * Entry changes and events of the one call of a transaction.
 * @param index place of the transaction, from 0
 */
export function callMeta(
  bytes: Uint8Array,
  index: number,
): { changes: readonly xdr.LedgerEntryChange[]; events: readonly xdr.ContractEvent[] } {
  const meta = metaOf(bytes, index);
  if (meta.type === "v3") return { changes: meta.v3.operations[0]?.changes ?? [], events: meta.v3.sorobanMeta?.events ?? [] };
  if (meta.type === "v4") return { changes: meta.v4.operations[0]?.changes ?? [], events: meta.v4.operations[0]?.events ?? [] };
  throw new Error(`a contract call with TransactionMeta ${meta.type}`);
}

const text = (value: { toXdr(): Uint8Array }): string => Buffer.from(value.toXdr()).toString("base64");

/** Every contract data entry that the changes leave or take, with its value before. */
function dataChanges(changes: readonly xdr.LedgerEntryChange[]): { entry: xdr.ContractDataEntry; isNew: boolean; isChanged: boolean }[] {
  const before = new Map<string, xdr.ContractDataEntry>();
  const keyOf = ({ contract, key, durability }: Pick<xdr.ContractDataEntry, "contract" | "key" | "durability">): string =>
    `${text(contract)} ${text(key)} ${String(durability)}`;
  const found: { entry: xdr.ContractDataEntry; isNew: boolean; isChanged: boolean }[] = [];
  for (const change of changes) {
    if (change.type === "ledgerEntryRemoved") {
      if (change.removed.type !== "contractData") continue;
      const entry = before.get(keyOf(change.removed.contractData));
      if (entry) found.push({ entry, isNew: false, isChanged: true });
      continue;
    }
    const { data } = change.value;
    if (data.type !== "contractData") continue;
    const entry = data.contractData;
    const old = before.get(keyOf(entry));
    before.set(keyOf(entry), entry);
    if (change.type === "ledgerEntryCreated") found.push({ entry, isNew: true, isChanged: true });
    if (change.type === "ledgerEntryUpdated") found.push({ entry, isNew: false, isChanged: !old || text(old.val) !== text(entry.val) });
  }
  return found;
}

/** The preimages of contracts that a tree of invocations declares, and the contracts that it names. */
function walk(invocation: xdr.SorobanAuthorizedInvocation, preimages: xdr.ContractIdPreimage[], contracts: Set<string>): void {
  const { function: node } = invocation;
  if (node.type === "sorobanAuthorizedFunctionTypeContractFn") contracts.add(addressText(node.value.contractAddress));
  else preimages.push(node.value.contractIdPreimage);
  for (const sub of invocation.subInvocations) walk(sub, preimages, contracts);
}

/**
 * The one call of a successful transaction.
 * @param index place of the transaction, from 0
 */
export function executedCall({ bytes, passphrase }: Ledger, index: number, operation: xdr.Operation): ExecutedCall {
  if (operation.body.type !== "invokeHostFunction") throw new Error("no call");
  const { hostFunction, auth } = operation.body.value;
  const { changes, events } = callMeta(bytes, index);
  const networkId = idOf(passphrase);
  const declared = new Set<string>();
  const executed = new Set<string>();
  const created = new Set<string>();
  const authorizers71 = new Set<string>();
  const nonces = new Set<string>();
  for (const { entry, isNew, isChanged } of dataChanges(changes)) {
    if (entry.key.type === "scvLedgerKeyNonce") {
      if (isNew) nonces.add(`${addressText(entry.contract)} ${String(entry.key.value.nonce)}`);
      continue;
    }
    if (isNew && entry.key.type === "scvLedgerKeyContractInstance") created.add(addressText(entry.contract));
    if (isChanged) executed.add(addressText(entry.contract));
  }
  for (const { contractId } of events) if (contractId) executed.add(contractText(contractId.toXdr()));
  const preimages: xdr.ContractIdPreimage[] = [];
  if (hostFunction.type === "hostFunctionTypeInvokeContract") {
    const called = addressText(hostFunction.value.contractAddress);
    declared.add(called);
    executed.add(called);
  } else if (hostFunction.type !== "hostFunctionTypeUploadContractWasm") preimages.push(hostFunction.value.contractIdPreimage);
  for (const { credentials, rootInvocation } of auth) {
    walk(rootInvocation, preimages, declared);
    if (credentials.type === "sorobanCredentialsSourceAccount") continue;
    const signer =
      credentials.type === "sorobanCredentialsAddressWithDelegates"
        ? credentials.addressWithDelegates.addressCredentials
        : credentials.value;
    const address = addressText(signer.address);
    const is71 = credentials.type !== "sorobanCredentialsAddress";
    if (!is71) declared.add(address);
    if (nonces.has(`${address} ${String(signer.nonce)}`)) (is71 ? authorizers71 : executed).add(address);
  }
  for (const preimage of preimages) {
    const contract = contractText(sha256(Buffer.of(0, 0, 0, 8), networkId, preimage.toXdr()));
    declared.add(contract);
    if (preimage.type !== "contractIdPreimageFromAddress") continue;
    const deployer = addressText(preimage.value.address);
    declared.add(deployer);
    if (created.has(contract)) executed.add(deployer);
  }
  return { declared, created, executed, authorizers71, ...ownParticipants({ bytes, passphrase }, index) };
}

/** Participants that no rule here is about, as the indexer has them. */
function ownParticipants({ bytes, passphrase }: Ledger, index: number): Pick<ExecutedCall, "ofOperation" | "ofTransaction"> {
  const ledger = openLedger(bytes);
  const { x } = ledger;
  const tx = [...transactions(ledger, idOf(passphrase))][index]!;
  const op = operationOf(x, tx, 0);
  const ofOperation = new Set<Address>([op.sourceAsWritten]);
  addClassicParticipants(x, op, ofOperation);
  const ofTransaction = new Set<Address>(ofOperation);
  addTransactionParticipants(x, tx, pairChanges(x, tx.feeChanges), ofTransaction);
  const texts = (addresses: Set<Address>): Set<string> => new Set(Array.from(addresses, (address) => address.text));
  const own = { ofOperation: texts(ofOperation), ofTransaction: texts(ofTransaction) };
  ledger.close();
  return own;
}
