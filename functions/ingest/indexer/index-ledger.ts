import { hash as digest } from "node:crypto";
import { transactionToid } from "../../shared/columns/toid.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { WalletError } from "../../shared/errors.ts";
import { pairChanges, type Change } from "../ledger/changes.ts";
import { ContractIds } from "../ledger/contract-ids.ts";
import { bytesAt, hasTrueHash, type Ledger } from "../ledger/ledger.ts";
import { NEWEST_PROTOCOL, unsupported } from "../ledger/protocol.ts";
import { transactions, type LedgerTransaction } from "../ledger/transactions.ts";
import { XdrError } from "../../shared/xdr/words.ts";
import { OperationType, skipContractEvent, skipOperation } from "../../shared/xdr/xdr.generated.ts";
import { callEffects } from "./call-effects.ts";
import { addContractDeploys } from "./contract-deploys.ts";
import { addEffects } from "./effects.ts";
import { chargedFee } from "./fees.ts";
import { addNftParties } from "./nft-events.ts";
import { operationOf, type LedgerContext, type LedgerOperation } from "./operation.ts";
import { addClassicParticipants, addTransactionParticipants } from "./participants.ts";
import { operationResultCode, operationTypeName, transactionResultCode } from "./result-codes.ts";
import { ledgerUpgrades } from "./ledger-upgrades.ts";
import type { LedgerRows } from "./rows.ts";
import { addSacAuthorizations } from "./sac-authorizations.ts";
import { addCallParticipants, addCallParties } from "./soroban-participants.ts";
import { StateChanges } from "./state-change.ts";
import { ApplyPhase } from "./state/fold.ts";
import { LedgerState } from "./state/index.ts";
import { addTokenEvents } from "./token-event-rows.ts";
import { addFee, addTokenTransfers } from "./token-transfers.ts";

/** Turns ledgers of one network into rows. Pure: no clock, no network, no database. */
export interface Indexer {
  /** Ledgers of later protocols are indexed as if they were of this one, and marked (`header.newerThan`). */
  readonly newestProtocol: number;
  /**
   * @param ledger open; may be closed afterwards: the rows hold views of its bytes alone
   * @throws WalletError NETWORK_MISMATCH, LEDGER_CORRUPT (an envelope that fits no result), LEDGER_INDEX_FAILED or, of a later
   * protocol, PROTOCOL_UNSUPPORTED; never another error for any open ledger
   */
  index(ledger: Ledger): LedgerRows;
}

/** @param networkPassphrase e.g. `Public Global Stellar Network ; September 2015` @param newestProtocol for tests */
export function createIndexer(networkPassphrase: string, newestProtocol: number = NEWEST_PROTOCOL): Indexer {
  const networkId = digest("sha256", networkPassphrase, "buffer");
  let ids = new ContractIds(networkId);
  return {
    newestProtocol,
    index(ledger) {
      const { addresses } = ledger.x;
      // Ids are compared with the ledger's addresses by identity.
      if (ids.addresses !== addresses) ids = new ContractIds(networkId, addresses);
      try {
        return indexLedger(ledger, networkId, ids, newestProtocol);
      } catch (error) {
        if (error instanceof WalletError) throw error;
        // What the strict reader accepts may still contradict itself, e.g. a result of another type than its operation.
        const where = error instanceof XdrError ? error.message : String(error);
        const { protocolVersion: protocol } = ledger;
        if (protocol > newestProtocol && hasTrueHash(ledger))
          throw unsupported(`The ledger is of protocol ${protocol}`, `It cannot be indexed: ${where}.`, { protocol }, error);
        throw new WalletError(
          "LEDGER_INDEX_FAILED",
          `The ledger contradicts itself: ${where}. Fetch it again; if it stays, report it.`,
          {},
          { cause: error },
        );
      }
    },
  };
}

function indexLedger(ledger: Ledger, networkId: Buffer, ids: ContractIds, newestProtocol: number): LedgerRows {
  const context: LedgerContext = { ledger, x: ledger.x, ids, networkId };
  const changes = new StateChanges();
  const rows: LedgerRows = {
    header: {
      sequence: ledger.sequence,
      hash: ledger.hash,
      hashIsTrue: hasTrueHash(ledger),
      previousHash: ledger.previousHash,
      closedAt: ledger.closedAt,
      protocolVersion: ledger.protocolVersion,
      newerThan: ledger.protocolVersion > newestProtocol ? newestProtocol : null,
      baseReserve: ledger.baseReserve,
      metaVersion: ledger.metaVersion,
    },
    transactions: [],
    operations: [],
    stateChanges: changes.rows,
    accounts: [],
    accountData: [],
    trustlineBalances: [],
    trustlineAssets: [],
    sacBalances: [],
    contractNativeBalances: [],
    nfts: [],
    nftRanges: [],
    liquidityPools: [],
    liquidityPoolBalances: [],
    claimableBalances: [],
    offers: [],
    promisedAssets: [],
    contractTokens: [],
    provenTokens: [],
    tokenBalances: [],
    storedAllowances: [],
    toldAllowances: [],
    layoutEvidence: [],
    tokenSupplies: [],
    protocolWasms: [],
    protocolContracts: [],
    executableTags: [],
    ttls: [],
    evictedKeys: [],
    frozenKeys: null,
    ledgerUpgrades: ledgerUpgrades(ledger),
    contractEvents: [],
  };
  const state = new LedgerState(context);
  const applied = Array.from(transactions(ledger, networkId), (tx) => ({ tx, feeChanges: pairChanges(ledger.x, tx.feeChanges) }));
  for (const { tx, feeChanges } of applied) state.addFees(feeChanges, ApplyPhase.fee, tx.index);
  for (const { tx, feeChanges } of applied) addTransaction(context, tx, feeChanges, rows, changes, state);
  for (const { tx } of applied)
    if (tx.postFeeChanges !== 0) state.addFees(pairChanges(ledger.x, tx.postFeeChanges), ApplyPhase.refund, tx.index);
  state.addUpgrades();
  state.finish(rows);
  return rows;
}

function addTransaction(
  context: LedgerContext,
  tx: LedgerTransaction,
  feeChanges: readonly Change[],
  rows: LedgerRows,
  changes: StateChanges,
  state: LedgerState,
): void {
  const { x, ledger } = context;
  const accounts = new Set<Address>();
  addTransactionParticipants(x, tx, feeChanges, accounts);
  addFee(context, tx, changes);
  state.addTransactionLevel(tx.changesBefore);
  for (let i = 0; i < tx.envelope.operations.length; i++) addOperation(context, tx, i, rows, changes, accounts, state);
  state.addTransactionLevel(tx.changesAfter);
  rows.transactions.push({
    toid: transactionToid(tx.index),
    hash: tx.hash,
    feeCharged: chargedFee(x, tx, ledger.protocolVersion),
    resultCode: transactionResultCode(tx.resultCode),
    successful: tx.successful,
    isFeeBump: tx.envelope.isFeeBump,
    innerHash: tx.envelope.innerHash,
    accounts: [...accounts],
    envelope: tx.envelope.parts,
  });
}

function addOperation(
  context: LedgerContext,
  tx: LedgerTransaction,
  i: number,
  rows: LedgerRows,
  changes: StateChanges,
  transactionAccounts: Set<Address>,
  state: LedgerState,
): void {
  const { x, ledger } = context;
  const op = operationOf(x, tx, i);
  state.addOperation(op);
  const accounts = new Set<Address>();
  addClassicParticipants(x, op, accounts);
  if (tx.successful) {
    if (tx.envelope.isSoroban) addCallParties(context, op, accounts);
    const first = changes.rows.length;
    addTokenTransfers(context, op, changes);
    addEffects(context, op, changes);
    const effects = op.type === OperationType.invokeHostFunction ? callEffects(context, op) : null;
    let deployers: Address[] = [];
    if (effects) {
      deployers = addContractDeploys(context, op, effects.created, changes);
      addSacAuthorizations(context, op, changes);
      addTokenEvents(context, op, changes, accounts);
      addNftParties(context, op, accounts);
      addContractEvents(context, op, rows);
      state.addEvents(op);
    }
    for (let r = first; r < changes.rows.length; r++) accounts.add(changes.rows[r]!.account);
    if (effects && tx.envelope.isSoroban) addCallParticipants(context, op, effects, deployers, accounts);
  }
  for (const account of accounts) transactionAccounts.add(account);
  const result = tx.operationResults?.[i];
  const resultCode = result === undefined ? "op_unknown" : operationResultCode(x[result]!, x[result + 1]!, x[result + 2]!);
  rows.operations.push({
    toid: op.toid,
    operationType: operationTypeName(op.type),
    operationXdr: bytesAt(ledger.bytes, op.start, skipOperation(x, op.start) - op.start),
    resultCode,
    successful: resultCode === "op_success",
    accounts: [...accounts],
  });
}

function addContractEvents({ x, ledger }: LedgerContext, op: LedgerOperation, rows: LedgerRows): void {
  if (op.events.length === 0) return;
  const events = op.events.map((p) => bytesAt(ledger.bytes, p, skipContractEvent(x, p) - p));
  rows.contractEvents.push({ transactionIndex: op.tx.index, operationIndex: op.index, events });
}
