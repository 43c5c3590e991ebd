import type { KeyValue } from "../../shared/columns/key-value.ts";
import type { StateChangeCategory, StateChangeReason } from "../../shared/columns/state-change-kinds.ts";
import type { ContractTokenType } from "../../shared/columns/token-type.ts";
import type { RecordEnvelope } from "../../shared/columns/history/record.ts";
import type { Address } from "../../shared/xdr/address.ts";
import type { CodeVerdict } from "../code/code-verdict.ts";

/**
 * What one ledger turns into: the row buffer that the indexer fills and `persist/` sends. Every row belongs to one ledger,
 * so ledger number and close time stand once, in the header; a TOID is kept as its low 32 bits, since its high 32 bits are the
 * ledger number (functions/shared/columns/toid.ts). Names match the columns of `migrations/`.
 */
export interface LedgerRows {
  header: LedgerHeaderRow;
  transactions: TransactionRow[];
  operations: OperationRow[];
  stateChanges: StateChangeRow[];
  /** Every account that the ledger changed. */
  accounts: AccountRow[];
  accountData: AccountDataRow[];
  trustlineBalances: TrustlineBalanceRow[];
  /** Every classic asset of a touched trustline, removed ones included. */
  trustlineAssets: TrustlineAssetRow[];
  sacBalances: SacBalanceRow[];
  /** XLM held by contracts (GAP-11): balances like the others of `sac_balances`, in the contract of XLM. */
  contractNativeBalances: SacBalanceRow[];
  /** Every NFT that the ledger tells of, whatever its contract is. */
  nfts: NftRow[];
  /** NFTs that were minted together; no two of a contract overlap. */
  nftRanges: NftRangeRow[];
  liquidityPools: LiquidityPoolRow[];
  liquidityPoolBalances: LiquidityPoolBalanceRow[];
  claimableBalances: ClaimableBalanceRow[];
  offers: OfferRow[];
  /** The assets of the claimable balances and offers that the ledger leaves; stored with those of trustlines. */
  promisedAssets: TrustlineAssetRow[];
  /** Stellar Asset Contracts whose instance the ledger wrote. */
  contractTokens: ContractTokenRow[];
  /** Tokens of `sacBalances` and `storedAllowances` that are proven by an event or a trustline of the ledger instead. */
  provenTokens: ContractTokenRow[];
  /** What is held of contract tokens that the ledger does not prove to be assets, whatever the contracts are. */
  tokenBalances: TokenBalanceRow[];
  /** Allowances whose entry the ledger changed, those of asset contracts too. */
  storedAllowances: StoredAllowanceRow[];
  /** Allowances that events and calls alone tell of. */
  toldAllowances: ToldAllowanceRow[];
  layoutEvidence: LayoutEvidenceRow[];
  tokenSupplies: TokenSupplyRow[];
  protocolWasms: ProtocolWasmRow[];
  protocolContracts: ProtocolContractRow[];
  executableTags: ExecutableTagRow[];
  /** TTLs that the ledger changed, of entries that were there before; those of new and restored entries are with their rows. */
  ttls: TtlRow[];
  /** Hashes of the keys of persistent contract data that the ledger evicted: their rows stay, as archived. */
  evictedKeys: Uint8Array[];
  /** All keys that are frozen from this ledger on; null: the ledger leaves them as they were. */
  frozenKeys: FrozenKeyRow[] | null;
  ledgerUpgrades: LedgerUpgradeRow[];
  /** Events of successful contract invocations. `wallet inspect` shows them; nothing writes them to the database. */
  contractEvents: ContractEventGroup[];
}

interface LedgerHeaderRow {
  sequence: number;
  hash: Uint8Array;
  /** The hash is that of the header. False: made by hand, or damaged on its way. */
  hashIsTrue: boolean;
  previousHash: Uint8Array;
  /** Close time, seconds since 1970 UTC. */
  closedAt: bigint;
  protocolVersion: number;
  /** The newest protocol that the indexer knows, where the ledger's is later: its rows may lack what is new. Null: it is known. */
  newerThan: number | null;
  /** Stroops. */
  baseReserve: number;
  /** Arm of the LedgerCloseMeta union (0 to 2). */
  metaVersion: number;
}

export interface TransactionRow {
  /** Low half of the TOID. */
  toid: number;
  hash: Uint8Array;
  /** Stroops. */
  feeCharged: bigint;
  resultCode: string;
  /** Was it applied? */
  successful: boolean;
  isFeeBump: boolean;
  /** The hash of a fee bump's inner transaction, by which it is found too; null: it is no fee bump. */
  innerHash: Uint8Array | null;
  /** Distinct participants in any order; the writer sorts them by bytes. */
  accounts: Address[];
  envelope: RecordEnvelope;
}

export interface OperationRow {
  /** Low half of the TOID. */
  toid: number;
  operationType: string;
  /** The XDR `Operation`, a view into the ledger's bytes. */
  operationXdr: Uint8Array;
  resultCode: string;
  successful: boolean;
  accounts: Address[];
}

/** A state change; members that do not apply are null. */
export interface StateChangeRow {
  /** Low half of the transaction's TOID. */
  transaction: number;
  /** Low half of the operation's TOID; 0 for a fee row (whose `operation_id` is 0). */
  operation: number;
  /** Base of the emitting stream plus ordinal. Below 2^53. */
  stateChangeId: number;
  category: StateChangeCategory;
  reason: StateChangeReason;
  account: Address;
  tokenId: Address | null;
  /** Raw integer in the token's smallest unit, decimal. */
  amount: string | null;
  /** Of a balance that moved: who was on the other side, see `RecordStateChange`. */
  counterparty: Address | null;
  signer: Address | null;
  spender: Address | null;
  creator: Address | null;
  destination: Address | null;
  /** 64 lower-case hex characters. */
  liquidityPoolId: string | null;
  signerWeightOld: number | null;
  signerWeightNew: number | null;
  threshold: "LOW" | "MEDIUM" | "HIGH" | null;
  thresholdOld: number | null;
  thresholdNew: number | null;
  trustlineLimitOld: string | null;
  trustlineLimitNew: string | null;
  flags: number | null;
  dataEntryName: string | null;
  keyValue: KeyValue | null;
  toMuxedId: string | null;
}

/** How the last change of a key in the ledger shows: upserts, except REMOVE, which deletes the row. */
export type EntryOp = "CREATE" | "ADD" | "UPDATE" | "REMOVE";

/** A row of the current state: what the ledger leaves of a key. */
interface StateRow {
  op: EntryOp;
  /** When the last change came, see `changeOrder` in state/fold.ts. */
  order: number;
}

/** A contract's entry, which lives until a ledger and is archived then (CAP-46-12). */
export interface LivingRow {
  /** SHA-256 of its LedgerKey: the key of its TTL. */
  keyHash: Uint8Array;
  /** The last ledger in which it is live; null: the ledger left that as it was. */
  liveUntilLedger: number | null;
}

/** An account's entry after the ledger, or, when the ledger removed it, what it last said. */
export interface AccountRow extends StateRow {
  account: Address;
  /** The ledger, when it removed the account. */
  removedLedger: number | null;
  /** Did anything change that shows in the reference implementation's `native_balances`? If so, `op` and `order` are that change's. */
  changesBalance: boolean;
  balance: bigint;
  buyingLiabilities: bigint;
  sellingLiabilities: bigint;
  numSubentries: number;
  numSponsoring: number;
  numSponsored: number;
  sequenceNumber: bigint;
  /** Ledger and close time (seconds since 1970 UTC) in which the sequence number last changed; null where the entry does not say (CAP-21). */
  sequenceLedger: number | null;
  sequenceTime: bigint | null;
  /** The protocol's AccountFlags. */
  flags: number;
  /** The protocol's Thresholds (functions/shared/columns/thresholds.ts). */
  thresholds: number;
  /** Bytes of any kind; null: none. */
  homeDomain: Uint8Array | null;
  inflationDestination: Address | null;
  sponsor: Address | null;
  signers: readonly AccountSigner[];
  /** Keys that were signers before the ledger and are not any more; null when it left the signers as they were. */
  goneSigners: readonly Address[] | null;
}

/** A signer other than the master key. */
export interface AccountSigner {
  /** `G…`, `T…`, `X…` or `P…`. */
  key: Address;
  weight: number;
  sponsor: Address | null;
}

/** A data entry of an account. Name and value are bytes of any kind, up to 64 each. */
export interface AccountDataRow extends StateRow {
  account: Address;
  name: Uint8Array;
  value: Uint8Array;
  sponsor: Address | null;
}

export interface TrustlineBalanceRow extends StateRow {
  account: Address;
  asset: TrustlineAssetRow;
  balance: bigint;
  trustLimit: bigint;
  buyingLiabilities: bigint;
  sellingLiabilities: bigint;
  flags: number;
  sponsor: Address | null;
}

export interface TrustlineAssetRow {
  /** uuid5 of `CODE:ISSUER` in the asset namespace. */
  id: string;
  code: string;
  /** `G…` */
  issuer: string;
  /** Address (version byte and id) of the asset's contract. */
  contract: Uint8Array;
}

export interface SacBalanceRow extends StateRow, LivingRow {
  account: Address;
  contract: Address;
  /** uuid5 of the contract's strkey in the contract namespace. */
  contractId: string;
  /** The i128 of the ledger, in the smallest unit; the column has whole units. */
  balance: bigint;
  isAuthorized: boolean;
  isClawbackEnabled: boolean;
  /** Does the ledger prove that the contract is a Stellar Asset Contract? If not, the row is kept and its token is a stub (GAP-12). */
  isProven: boolean;
}

/** Whose an NFT is after the ledger. */
export interface NftRow {
  contract: Address;
  /** uuid5 of the contract's strkey in the contract namespace. */
  contractId: string;
  /** Up to 256 bits, not negative. */
  tokenId: bigint;
  /** Null: it was burnt. */
  owner: Address | null;
  /** By the entry of its owner; else by an event. */
  isStored: boolean;
  /** As of LivingRow; null: there is no such entry. */
  keyHash: Uint8Array | null;
  liveUntilLedger: number | null;
}

/** Consecutive NFTs that were minted together. */
export interface NftRangeRow {
  contract: Address;
  contractId: string;
  firstId: bigint;
  lastId: bigint;
  owner: Address;
}

export interface LiquidityPoolRow extends StateRow {
  /** 64 lower-case hex characters. */
  poolId: string;
  /** `native` or `CODE:ISSUER` (functions/shared/columns/asset.ts). */
  assetA: string;
  amountA: bigint;
  assetB: string;
  amountB: bigint;
}

export interface LiquidityPoolBalanceRow extends StateRow {
  account: Address;
  poolId: string;
  shares: bigint;
  sponsor: Address | null;
}

/** A claimable balance (CAP-23). */
export interface ClaimableBalanceRow extends StateRow {
  /** `B…` */
  balance: Address;
  /** Null: XLM. */
  asset: TrustlineAssetRow | null;
  /** Stroops. */
  amount: bigint;
  claimants: Address[];
  /** XDR `Claimant<10>`, a view into the ledger's bytes. */
  claimantsXdr: Uint8Array;
  /** Who pays the reserve; null: nobody, which no network has. */
  sponsor: Address | null;
  isClawbackEnabled: boolean;
  /** The operation that made it, as the low half of a TOID, and how many its transaction has; null: made before this ledger. */
  madeBy: { operation: number; operations: number } | null;
  /** This ledger where it was made in it, else the one that had last changed it before. */
  sinceLedger: number;
}

export interface OfferRow extends StateRow {
  seller: Address;
  offerId: bigint;
  /** Null: XLM. */
  selling: TrustlineAssetRow | null;
  /** Null: XLM. */
  buying: TrustlineAssetRow | null;
  /** Of the asset that is sold, stroops. */
  amount: bigint;
  priceN: number;
  priceD: number;
  isPassive: boolean;
  sponsor: Address | null;
}

/** The TTL is that of the contract's instance. */
export interface ContractTokenRow extends LivingRow {
  id: string;
  contract: Address;
  type: ContractTokenType;
  code: string | null;
  issuer: string | null;
  name: string | null;
  symbol: string | null;
  decimals: number | null;
}

/** A row of a contract token. */
interface TokenRow {
  contract: Address;
  /** uuid5 of the contract's strkey in the contract namespace. */
  contractId: string;
}

/** What a ledger did to what somebody holds of a token. One of `stored` and `moved` is there. */
export interface TokenBalanceRow extends TokenRow {
  /** `G…` or `C…`; a party of events may also be `B…` or `L…`. */
  account: Address;
  /** What the ledger leaves of the entry that says the balance; null: as it was. */
  stored: StoredBalance | null;
  /** What the ledger's events sum up to, in the smallest unit, of any size; null: nothing. */
  moved: bigint | null;
}

/** The entry of a balance after a ledger. */
export interface StoredBalance {
  /** In the smallest unit; null: it is gone, or says something else than a balance. */
  amount: bigint | null;
  isTemporary: boolean;
  /** SHA-256 of its LedgerKey; null: it is gone. */
  keyHash: Uint8Array | null;
  /** The last ledger in which it is live; null: it is gone, or the ledger left that as it was. */
  liveUntilLedger: number | null;
}

interface AllowanceRow extends TokenRow {
  owner: Address;
  spender: Address;
}

/** REMOVE: there is no such entry, or nothing is left of the allowance. */
export interface StoredAllowanceRow extends AllowanceRow {
  op: EntryOp;
  amount: bigint;
  expirationLedger: number;
}

/** What events and calls of a ledger did to an allowance that no entry of the ledger tells of. */
export interface ToldAllowanceRow extends AllowanceRow {
  /** The last approval, less what was spent behind it; null: none. */
  approved: { amount: bigint; expirationLedger: number } | null;
  /** What was spent before any approval. */
  spent: bigint;
}

/** Evidence for and against reading a contract's balances from its storage, see `Evidence` in state/layout-evidence.ts. */
export interface LayoutEvidenceRow extends TokenRow {
  agreements: number;
  differences: number;
  contradictions: number;
  contradiction: string | null;
  hasNegativeAmount: boolean;
  /** Did the contract run the same executable all the ledger long? If not, the counts speak of no code in particular. */
  isOfOneExecutable: boolean;
}

/** What a ledger says of how much there is of a token. */
export interface TokenSupplyRow extends TokenRow {
  /** The supply that the contract's instance says; null: it says none, or the ledger did not change it. */
  stored: bigint | null;
  /** Mints less burns and clawbacks. */
  minted: bigint;
}

/** Code that the ledger shows, and what it is (functions/ingest/code). */
export interface ProtocolWasmRow extends CodeVerdict {
  wasmHash: Uint8Array;
}

/** What a contract runs: a wasm or, if that is null, what a tag of a contract names (CAP-85). The TTL is that of the contract's instance. */
export interface ProtocolContractRow extends LivingRow {
  contract: Address;
  /** uuid5 of the contract's strkey in the contract namespace. */
  tokenId: string;
  wasmHash: Uint8Array | null;
  /** SHA-256 of the LedgerKey of the tag's entry; null where `wasmHash` is not. */
  tagKey: Uint8Array | null;
  /** Did the ledger create the contract? */
  isCreated: boolean;
}

/** A tag of a contract, which names the wasm that other contracts run (CAP-85). */
export interface ExecutableTagRow {
  /** SHA-256 of the LedgerKey of its entry. */
  tagKey: Uint8Array;
  owner: Address;
  /** Bytes of any kind. */
  tag: Uint8Array;
  /** Null: the ledger has contracts that name the tag, but not its entry. */
  wasmHash: Uint8Array | null;
}

export interface TtlRow {
  /** SHA-256 of the LedgerKey of the entry that it is of. */
  keyHash: Uint8Array;
  /** The last ledger in which the entry is live. */
  liveUntilLedger: number;
}

/** A ledger key that the network has frozen (CAP-77). */
export interface FrozenKeyRow {
  /** SHA-256 of the key. */
  keyHash: Uint8Array;
  /** XDR `LedgerKey`. */
  key: Uint8Array;
  /** The account of an account's or a trustline's key, the contract of its instance's; null for any other key. */
  account: Address | null;
  /** The asset of a trustline's key (see TrustlineAssetRow), else null. */
  assetId: string | null;
}

/** An upgrade that a ledger applied. */
export interface LedgerUpgradeRow {
  /** 1-based place among the ledger's upgrades. */
  ordinal: number;
  type: "VERSION" | "BASE_FEE" | "MAX_TX_SET_SIZE" | "BASE_RESERVE" | "FLAGS" | "CONFIG" | "MAX_SOROBAN_TX_SET_SIZE";
  /** What it was set to (fees and reserves in stroops); null for CONFIG. */
  value: bigint | null;
  /** The contract that holds the settings of a CONFIG, and their SHA-256; else null. */
  contract: Address | null;
  contentHash: Uint8Array | null;
  /** ConfigSettingIDs whose value it changed, ascending. */
  settings: number[];
}

interface ContractEventGroup {
  /** 1-based. */
  transactionIndex: number;
  /** 0-based. */
  operationIndex: number;
  /** XDR `ContractEvent`, emission order. */
  events: Uint8Array[];
}
