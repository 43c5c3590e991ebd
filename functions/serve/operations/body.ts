import type { Address } from "../../shared/xdr/address.ts";
import type { Words } from "../../shared/xdr/words.ts";
import type { Party } from "./party.ts";

/** A value as `JSON.stringify` writes it. 64-bit integers are strings, 32-bit ones numbers. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };

/** What an operation says, in the names that Horizon uses. */
export type Details = Record<string, Json>;

/** What the rows of history tell of an operation's state changes. Addresses are texts of address columns. */
export interface DetailsChange {
  readonly category: string;
  readonly reason: string;
  readonly accountColumn: string;
  readonly tokenColumn: string | null;
  readonly counterpartyColumn: string | null;
  /** In the token's smallest unit, decimal. */
  readonly amount: string | null;
  readonly signerAddress: string | null;
}

/** What became of an operation, as far as the history holds it. */
export interface Outcome {
  /** Was the transaction applied? */
  readonly successful: boolean;
  /** The operation's state changes, in their order; none in a failed transaction, nor where they are stored damaged. */
  readonly changes: readonly DetailsChange[];
  /** Who paid for reserves of an account at that moment (CAP-33); null: the account itself. */
  sponsorOf(account: Address): Party | null;
  /** Who began the sponsorship that an operation of this account ends; null: nobody, or the transaction failed. */
  beginnerFor(account: Address): Party | null;
  /** Id of the claimable balance that the operation makes, 32 bytes: by CAP-23's rule, not by its state changes. */
  claimableBalanceHash(): Buffer;
  /** The address (`C…`) of the contract with an XDR `ContractIDPreimage`, on the transaction's network. */
  contractOf(preimage: Uint8Array): string;
}

/** An operation whose XDR was checked. */
export interface OperationBody {
  readonly x: Words;
  /** The bytes of `x`. */
  readonly xdr: Buffer;
  /** Word offset: the arm of the body. */
  readonly at: number;
  /** The operation's own source, else the transaction's. */
  readonly source: Party;
  readonly outcome: Outcome;
}

/** Reads the details of a type of operation. */
export type DetailsReader = (body: OperationBody) => Details;
