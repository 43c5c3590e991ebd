import type { KeyValue } from "../key-value.ts";

/** An address as the writer has it; equal addresses are the same object. */
export interface RecordAddress {
  /** Version byte (SEP-23) and payload. */
  readonly bytes: Uint8Array;
}

/** The parts of a transaction's envelope, XDR. */
export interface RecordEnvelope {
  /** `v0`: `TransactionV0`, from before protocol 13. */
  type: "v0" | "v1" | "feeBump";
  /** `TransactionV0` or `Transaction`; of a fee bump, its inner transaction. */
  transaction: Uint8Array;
  /** `DecoratedSignature<20>` of that transaction. */
  signatures: Uint8Array;
  /** Of a fee bump: fee source and fee, the beginning of `FeeBumpTransaction`. Its extension point has one value only. */
  feeBump: Uint8Array | null;
  /** Of a fee bump: its own `DecoratedSignature<20>`. */
  feeBumpSignatures: Uint8Array | null;
}

/** An operation in a payload. */
export interface RecordOperation<Address> {
  operationType: string;
  resultCode: string;
  successful: boolean;
  /** Distinct participants, ascending by bytes. */
  accounts: readonly Address[];
}

/** A state change in a payload; members that do not apply are null. */
export interface RecordStateChange<Address> {
  /** Low 12 bits: place of the operation in its transaction, from 1; 0: the transaction's own (its fee). Other bits do not count. */
  operation: number;
  /** Below 2^53. */
  stateChangeId: number;
  category: string;
  reason: string;
  account: Address;
  tokenId: Address | null;
  /** Raw integer in the token's smallest unit, decimal. */
  amount: string | null;
  /**
   * Who was on the other side of a balance movement: the receiver of a DEBIT, MINT, the sender of a CREDIT, BURN. An account, a contract, a
   * liquidity pool (`L…`) or a claimable balance (`B…`); the issuer for what was minted or burnt. Null: nobody, as for a fee.
   */
  counterparty: Address | null;
  signer: Address | null;
  spender: Address | null;
  creator: Address | null;
  destination: Address | null;
  /** 64 lower-case hex characters. */
  liquidityPoolId: string | null;
  signerWeightOld: number | null;
  signerWeightNew: number | null;
  threshold: string | null;
  thresholdOld: number | null;
  thresholdNew: number | null;
  trustlineLimitOld: string | null;
  trustlineLimitNew: string | null;
  flags: number | null;
  dataEntryName: string | null;
  keyValue: KeyValue | null;
  toMuxedId: string | null;
}

/** What a payload holds of a transaction besides its XDR. */
export interface RecordTransaction<Address> {
  /** Stroops. */
  feeCharged: bigint;
  resultCode: string;
  /** Distinct participants, ascending by bytes. */
  accounts: readonly Address[];
  /** In their order; `operationXdr` of each lies within the transaction's XDR, one after the other. */
  operations: readonly (RecordOperation<Address> & { operationXdr: Uint8Array })[];
  stateChanges: readonly RecordStateChange<Address>[];
}
