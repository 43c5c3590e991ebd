import { AccountFlag, TrustlineFlag } from "../../shared/columns/flags.ts";
import type { AddressColumn, DecodedStateChange } from "../../shared/columns/history/payload-decoder.ts";
import type { StateChangeCategory, StateChangeReason } from "../../shared/columns/state-change-kinds.ts";
import { NO_OPERATION_TEXT, operationId } from "../../shared/columns/toid.ts";
import type { AccountFlag as AccountFlagName, TrustlineFlag as TrustlineFlagName } from "../schema/enums.generated.ts";
import { addressText } from "../values/addresses.ts";
import { type DepositIdNode, depositIdOf } from "./deposit-id.ts";
import type { TransactionNode } from "./transaction.ts";

/** The GraphQL type by category and reason. */
const TYPES = {
  BALANCE: { DEBIT: "BalanceChange", CREDIT: "BalanceChange", MINT: "BalanceChange", BURN: "BalanceChange" },
  ACCOUNT: { CREATE: "AccountCreatedChange", MERGE: "AccountMergedChange" },
  SIGNER: { ADD: "SignerAddedChange", UPDATE: "SignerUpdatedChange", REMOVE: "SignerRemovedChange" },
  SIGNATURE_THRESHOLD: { UPDATE: "ThresholdChange" },
  FLAGS: { SET: "AccountFlagsChange", CLEAR: "AccountFlagsChange" },
  HOME_DOMAIN: { SET: "HomeDomainSetChange", UPDATE: "HomeDomainUpdatedChange", CLEAR: "HomeDomainClearedChange" },
  DATA_ENTRY: { ADD: "DataEntryAddedChange", UPDATE: "DataEntryUpdatedChange", REMOVE: "DataEntryRemovedChange" },
  ALLOWANCE: { UPDATE: "AllowanceChange" },
  TRUSTLINE: { ADD: "TrustlineAddedChange", UPDATE: "TrustlineUpdatedChange", REMOVE: "TrustlineRemovedChange" },
  BALANCE_AUTHORIZATION: { SET: "BalanceAuthorizationChange", CLEAR: "BalanceAuthorizationChange" },
} as const satisfies { [Category in StateChangeCategory]: Record<StateChangeReason<Category>, string> };

type Values<T> = T extends unknown ? T[keyof T] : never;
type StateChangeType = Values<Values<typeof TYPES>>;
const TYPE_OF: ReadonlyMap<string, ReadonlyMap<string, StateChangeType>> = new Map(
  Object.entries(TYPES).map(([category, reasons]) => [category, new Map(Object.entries(reasons))]),
);

const ACCOUNT_FLAGS = Object.entries(AccountFlag satisfies Record<AccountFlagName, number>);
const TRUSTLINE_FLAGS = Object.entries(TrustlineFlag satisfies Record<TrustlineFlagName, number>);

/**
 * A state change on its way to the response. One class for the 19 types: each field of the schema is a getter here, and the
 * schema decides which of them a type has. A missing value of a non-null field fails there, as it must.
 */
export class StateChangeNode {
  readonly __typename: StateChangeType;
  readonly parent: TransactionNode;
  readonly #change: DecodedStateChange;

  constructor(parent: TransactionNode, change: DecodedStateChange) {
    const type = TYPE_OF.get(change.category)?.get(change.reason);
    if (type === undefined) throw new Error(`state change of unknown kind ${change.category}/${change.reason}`);
    this.__typename = type;
    this.parent = parent;
    this.#change = change;
  }
  /** Place of its operation in the transaction, from 1; 0: it belongs to no operation. */
  get operationPlace(): number {
    return this.#change.operation;
  }
  /** Null: it belongs to no operation. */
  get operationId(): string | null {
    const { operation } = this.#change;
    return operation === 0 ? null : operationId(this.parent.toId, operation);
  }
  get stateChangeId(): number {
    return this.#change.stateChangeId;
  }
  get id(): string {
    return `${this.parent.toId}:${this.operationId ?? NO_OPERATION_TEXT}:${this.stateChangeId}`;
  }
  get accountColumn(): AddressColumn {
    return this.#change.account;
  }
  get category(): string {
    return this.#change.category;
  }
  get reason(): string {
    return this.#change.reason;
  }
  get ingestedAt(): string {
    return this.parent.ingestedAt;
  }
  get ledgerCreatedAt(): string {
    return this.parent.ledgerCreatedAt;
  }
  get ledgerNumber(): number {
    return this.parent.ledgerNumber;
  }
  get tokenColumn(): AddressColumn | null {
    return this.#change.tokenId;
  }
  get counterpartyColumn(): AddressColumn | null {
    return this.#change.counterparty;
  }
  get tokenId(): string | null {
    return optionalAddress(this.#change.tokenId);
  }
  get amount(): string | null {
    return this.#change.amount;
  }
  get counterparty(): string | null {
    return optionalAddress(this.#change.counterparty);
  }
  get depositId(): DepositIdNode | null {
    return depositIdOf(this.#change, this.parent);
  }
  get toMuxedId(): string | null {
    return this.#change.toMuxedId;
  }
  get creatorAddress(): string | null {
    return optionalAddress(this.#change.creator);
  }
  get destinationAddress(): string | null {
    return optionalAddress(this.#change.destination);
  }
  get signerAddress(): string | null {
    return optionalAddress(this.#change.signer);
  }
  get spender(): string | null {
    return optionalAddress(this.#change.spender);
  }
  get oldWeight(): number | null {
    return this.#change.signerWeightOld;
  }
  get newWeight(): number | null {
    return this.#change.signerWeightNew;
  }
  get threshold(): string | null {
    return this.#change.threshold;
  }
  get oldThreshold(): number | null {
    return this.#change.thresholdOld;
  }
  get newThreshold(): number | null {
    return this.#change.thresholdNew;
  }
  get flags(): string[] | null {
    const { flags } = this.#change;
    if (flags === null) return null;
    return flagNames(flags, this.__typename === "AccountFlagsChange" ? ACCOUNT_FLAGS : TRUSTLINE_FLAGS);
  }
  get homeDomain(): string | null {
    return this.#change.keyValue?.new ?? null;
  }
  get oldHomeDomain(): string | null {
    return this.#change.keyValue?.old ?? null;
  }
  get newHomeDomain(): string | null {
    return this.#change.keyValue?.new ?? null;
  }
  get name(): string | null {
    return this.#change.dataEntryName;
  }
  get value(): string | null {
    return this.#change.keyValue?.new ?? null;
  }
  get oldValue(): string | null {
    return this.#change.keyValue?.old ?? null;
  }
  get newValue(): string | null {
    return this.#change.keyValue?.new ?? null;
  }
  get expirationLedger(): number | null {
    return this.#change.keyValue?.live_until_ledger ?? null;
  }
  get liquidityPoolId(): string | null {
    return this.#change.liquidityPoolId;
  }
  get limit(): string | null {
    return this.#change.trustlineLimitNew;
  }
  get oldLimit(): string | null {
    return this.#change.trustlineLimitOld;
  }
  get newLimit(): string | null {
    return this.#change.trustlineLimitNew;
  }
}

function optionalAddress(column: string | null): string | null {
  return column === null ? null : addressText(column);
}

function flagNames(bits: number, flags: readonly [name: string, bit: number][]): string[] {
  return flags.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
}
