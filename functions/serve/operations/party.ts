import type { Address } from "../../shared/xdr/address.ts";
import { accountAt, muxedAsWritten, muxedToAccount } from "../../shared/xdr/addresses.ts";
import { uint64, type Words } from "../../shared/xdr/words.ts";
import type { Details } from "./body.ts";

/** An account as an operation names it. */
export interface Party {
  /** `G…`. */
  readonly account: Address;
  /** `M…` and the id in it; null: not muxed. */
  readonly muxed: { readonly text: string; readonly id: string } | null;
}

/** The party of a `MuxedAccount`. */
export function partyAt(x: Words, p: number): Party {
  const muxed = x[p] === 0 ? null : { text: muxedAsWritten(x, p).text, id: uint64(x, p + 1).toString() };
  return { account: muxedToAccount(x, p), muxed };
}

/** The party of an ed25519 key alone, as `TransactionV0` has it. */
export function partyOfKey(x: Words, p: number): Party {
  return { account: accountAt(x, p), muxed: null };
}

/** The party as written: `G…`, or `M…`. */
export function partyText({ account, muxed }: Party): string {
  return muxed === null ? account.text : muxed.text;
}

/** `name`, and `name_muxed` and `name_muxed_id` of a muxed account. */
export function addParty(details: Details, name: string, { account, muxed }: Party): void {
  details[name] = account.text;
  if (muxed === null) return;
  details[`${name}_muxed`] = muxed.text;
  details[`${name}_muxed_id`] = muxed.id;
}

/** The `G…` of a `PublicKey`. */
export function accountTextAt(x: Words, p: number): string {
  return accountAt(x, p + 1).text;
}
