import { AccountFlag, TrustlineFlag } from "../../shared/columns/flags.ts";
import { type KeyValue, readKeyValue } from "../../shared/columns/key-value.ts";
import type { StateChangeCategory, StateChangeReason } from "../../shared/columns/state-change-kinds.ts";
import type { StateChangeRow } from "../queries/state-changes.ts";
import type { AccountFlag as AccountFlagName, TrustlineFlag as TrustlineFlagName } from "../schema/enums.generated.ts";
import { addressText } from "../values/addresses.ts";
import { formatTime } from "../values/time.ts";

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
const TYPE_OF: Readonly<Record<string, Readonly<Record<string, StateChangeType>>>> = TYPES;

const ACCOUNT_FLAGS = Object.entries(AccountFlag satisfies Record<AccountFlagName, number>);
const TRUSTLINE_FLAGS = Object.entries(TrustlineFlag satisfies Record<TrustlineFlagName, number>);

/**
 * A state change on its way to the response. One class for the 19 types: each field of the schema is a getter here, and the
 * schema decides which of them a type has. A missing value of a non-null field fails there, as it must.
 */
export class StateChangeNode {
  readonly __typename: StateChangeType;
  readonly row: StateChangeRow;

  constructor(row: StateChangeRow) {
    const type = TYPE_OF[row.state_change_category]?.[row.state_change_reason];
    if (type === undefined) throw new Error(`state change of unknown kind ${row.state_change_category}/${row.state_change_reason}`);
    this.__typename = type;
    this.row = row;
  }
  get category(): string {
    return this.row.state_change_category;
  }
  get reason(): string {
    return this.row.state_change_reason;
  }
  get ingestedAt(): string {
    return formatTime(this.row.ingested_at);
  }
  get ledgerCreatedAt(): string {
    return formatTime(this.row.ledger_created_at);
  }
  get ledgerNumber(): number {
    return this.row.ledger_number;
  }
  get tokenId(): string | null {
    return optionalAddress(this.row.token_id);
  }
  get amount(): string | null {
    return this.row.amount;
  }
  get toMuxedId(): string | null {
    return this.row.to_muxed_id;
  }
  get creatorAddress(): string | null {
    return optionalAddress(this.row.creator_account_id);
  }
  get destinationAddress(): string | null {
    return optionalAddress(this.row.destination_account_id);
  }
  get signerAddress(): string | null {
    return optionalAddress(this.row.signer_account_id);
  }
  get spender(): string | null {
    return optionalAddress(this.row.spender_account_id);
  }
  get oldWeight(): number | null {
    return this.row.signer_weight_old;
  }
  get newWeight(): number | null {
    return this.row.signer_weight_new;
  }
  get threshold(): string | null {
    return this.row.threshold;
  }
  get oldThreshold(): number | null {
    return this.row.threshold_old;
  }
  get newThreshold(): number | null {
    return this.row.threshold_new;
  }
  get flags(): string[] | null {
    if (this.row.flags === null) return null;
    return flagNames(this.row.flags, this.__typename === "AccountFlagsChange" ? ACCOUNT_FLAGS : TRUSTLINE_FLAGS);
  }
  get homeDomain(): string | null {
    return this.#keyValue.new ?? null;
  }
  get oldHomeDomain(): string | null {
    return this.#keyValue.old ?? null;
  }
  get newHomeDomain(): string | null {
    return this.#keyValue.new ?? null;
  }
  get name(): string | null {
    return this.row.data_entry_name;
  }
  get value(): string | null {
    return this.#keyValue.new ?? null;
  }
  get oldValue(): string | null {
    return this.#keyValue.old ?? null;
  }
  get newValue(): string | null {
    return this.#keyValue.new ?? null;
  }
  get expirationLedger(): number | null {
    return this.#keyValue.live_until_ledger ?? null;
  }
  get liquidityPoolId(): string | null {
    return this.row.liquidity_pool_id;
  }
  get limit(): string | null {
    return this.row.trustline_limit_new;
  }
  get oldLimit(): string | null {
    return this.row.trustline_limit_old;
  }
  get newLimit(): string | null {
    return this.row.trustline_limit_new;
  }
  get #keyValue(): KeyValue {
    return readKeyValue(this.row.key_value);
  }
}

function optionalAddress(column: string | null): string | null {
  return column === null ? null : addressText(column);
}

function flagNames(bits: number, flags: readonly [name: string, bit: number][]): string[] {
  return flags.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
}
