import type { Address } from "./address.ts";
import { StrkeyVersion } from "../strkey.ts";
import { uint64, type Words } from "./words.ts";

/** The address with a 32-byte key that stands at word `p`. */
export function addressAt(x: Words, p: number, version: number): Address {
  return x.addresses.at(x, p, version);
}

/** The `G…` address of a 32-byte key at word `p`. */
export function accountAt(x: Words, p: number): Address {
  return addressAt(x, p, StrkeyVersion.account);
}

/** As `AddressTable.fromBytes`, in the table of the ledger at hand. */
export function addressFromBytes(x: Words, bytes: Uint8Array): Address {
  return x.addresses.fromBytes(bytes);
}

function muxed(x: Words, key: number, id: number): Address {
  const bytes = new Uint8Array(41);
  const view = new DataView(bytes.buffer);
  bytes[0] = StrkeyVersion.muxedAccount;
  for (let i = 0; i < 8; i++) view.setInt32(1 + i * 4, x[key + i]!);
  view.setInt32(33, x[id]!);
  view.setInt32(37, x[id + 1]!);
  return addressFromBytes(x, bytes);
}

/** A `MuxedAccount` reduced to its `G…` account. */
export function muxedToAccount(x: Words, p: number): Address {
  return accountAt(x, x[p] === 0 ? p + 1 : p + 3);
}

/** A `MuxedAccount` as written: `G…`, or `M…` when it carries an id. */
export function muxedAsWritten(x: Words, p: number): Address {
  return x[p] === 0 ? accountAt(x, p + 1) : muxed(x, p + 3, p + 1);
}

/** The id of a `MuxedAccount`, decimal; null when it carries none. */
export function muxedIdAt(x: Words, p: number): string | null {
  return x[p] === 0 ? null : uint64(x, p + 1).toString();
}

/** A claimable balance id (`ClaimableBalanceId` union at `p`) as `B…`: payload is the type byte and the 32-byte hash. */
export function claimableBalanceAt(x: Words, p: number): Address {
  const bytes = new Uint8Array(34);
  const view = new DataView(bytes.buffer);
  bytes[0] = StrkeyVersion.claimableBalance;
  bytes[1] = x[p]!;
  for (let i = 0; i < 8; i++) view.setInt32(2 + i * 4, x[p + 1 + i]!);
  return addressFromBytes(x, bytes);
}

/** An `ScAddress` union at `p` as `G…`, `C…`, `M…`, `B…` or `L…`. */
export function scAddressAt(x: Words, p: number): Address {
  switch (x[p]) {
    case 0:
      return accountAt(x, p + 2);
    case 1:
      return addressAt(x, p + 1, StrkeyVersion.contract);
    case 2:
      return muxed(x, p + 3, p + 1);
    case 3:
      return claimableBalanceAt(x, p + 1);
    default:
      return addressAt(x, p + 1, StrkeyVersion.liquidityPool);
  }
}

/** A `SignerKey` union at `p`: `G…`, `T…`, `X…`, or `P…` with its whole payload. */
export function signerKeyAt(x: Words, p: number): Address {
  switch (x[p]) {
    case 0:
      return accountAt(x, p + 1);
    case 1:
      return addressAt(x, p + 1, StrkeyVersion.preAuthTransaction);
    case 2:
      return addressAt(x, p + 1, StrkeyVersion.hashX);
    default: {
      const length = x[p + 9]! >>> 0;
      const words = 9 + Math.ceil(length / 4);
      const bytes = new Uint8Array(1 + words * 4);
      const view = new DataView(bytes.buffer);
      bytes[0] = StrkeyVersion.signedPayload;
      for (let i = 0; i < words; i++) view.setInt32(1 + i * 4, x[p + 1 + i]!);
      return addressFromBytes(x, bytes);
    }
  }
}
