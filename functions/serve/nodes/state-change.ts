import type { StateChangeRow } from "../queries/state-changes.ts";
import type { AccountFlag, TrustlineFlag } from "../schema/enums.generated.ts";
import { addressText } from "../values/addresses.ts";
import { formatTime } from "../values/time.ts";

/** The concrete type by category and reason (graphql-api 2.6). */
const TYPES = {
  "BALANCE/DEBIT": "BalanceChange",
  "BALANCE/CREDIT": "BalanceChange",
  "BALANCE/MINT": "BalanceChange",
  "BALANCE/BURN": "BalanceChange",
  "ACCOUNT/CREATE": "AccountCreatedChange",
  "ACCOUNT/MERGE": "AccountMergedChange",
  "SIGNER/ADD": "SignerAddedChange",
  "SIGNER/UPDATE": "SignerUpdatedChange",
  "SIGNER/REMOVE": "SignerRemovedChange",
  "SIGNATURE_THRESHOLD/UPDATE": "ThresholdChange",
  "FLAGS/SET": "AccountFlagsChange",
  "FLAGS/CLEAR": "AccountFlagsChange",
  "HOME_DOMAIN/SET": "HomeDomainSetChange",
  "HOME_DOMAIN/UPDATE": "HomeDomainUpdatedChange",
  "HOME_DOMAIN/CLEAR": "HomeDomainClearedChange",
  "DATA_ENTRY/ADD": "DataEntryAddedChange",
  "DATA_ENTRY/UPDATE": "DataEntryUpdatedChange",
  "DATA_ENTRY/REMOVE": "DataEntryRemovedChange",
  "ALLOWANCE/UPDATE": "AllowanceChange",
  "TRUSTLINE/ADD": "TrustlineAddedChange",
  "TRUSTLINE/UPDATE": "TrustlineUpdatedChange",
  "TRUSTLINE/REMOVE": "TrustlineRemovedChange",
  "BALANCE_AUTHORIZATION/SET": "BalanceAuthorizationChange",
  "BALANCE_AUTHORIZATION/CLEAR": "BalanceAuthorizationChange",
} as const;

export type StateChangeType = (typeof TYPES)[keyof typeof TYPES];
const TYPE_BY_PAIR: ReadonlyMap<string, StateChangeType> = new Map(Object.entries(TYPES));

const ACCOUNT_FLAGS: readonly (readonly [number, AccountFlag])[] = [
  [2, "AUTH_REQUIRED"],
  [4, "AUTH_REVOCABLE"],
  [8, "AUTH_IMMUTABLE"],
  [16, "AUTH_CLAWBACK_ENABLED"],
];
const TRUSTLINE_FLAGS: readonly (readonly [number, TrustlineFlag])[] = [
  [1, "AUTHORIZED"],
  [64, "AUTHORIZED_TO_MAINTAIN_LIABILITIES"],
  [32, "CLAWBACK_ENABLED"],
];

interface KeyValue {
  old?: string;
  new?: string;
  live_until_ledger?: number;
}

/**
 * A state change on its way to the answer. One class for the 19 types: each field of the schema is a getter here, and the
 * schema decides which of them a type has. A missing value of a non-null field fails there, as it must.
 */
export class StateChangeNode {
  readonly __typename: StateChangeType;
  readonly row: StateChangeRow;

  constructor(row: StateChangeRow) {
    const type = TYPE_BY_PAIR.get(`${row.state_change_category}/${row.state_change_reason}`);
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
    return this.row.key_value === null ? {} : (JSON.parse(this.row.key_value) as KeyValue);
  }
}

function optionalAddress(column: string | null): string | null {
  return column === null ? null : addressText(column);
}

function flagNames<Flag>(bits: number, names: readonly (readonly [number, Flag])[]): Flag[] {
  return names.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
}
