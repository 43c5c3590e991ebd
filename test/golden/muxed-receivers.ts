import type * as xdr from "@stellar/stellar-sdk/xdr";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";

/** A receipt by a muxed address, worked out with the SDK's decoder. Addresses are strkeys. */
interface MuxedReceipt {
  /** The account behind the muxed address. */
  account: string;
  /** Decimal. */
  id: string;
  /** Of a contract's event: whose, and how much; null: what the operation gives last. */
  event: { contract: string; amount: string } | null;
}

function strkey(version: number, key: Uint8Array): string {
  return encodeStrkey(Buffer.concat([Buffer.of(version), key]));
}

function destinationOf({ body }: xdr.Operation): xdr.MuxedAccount | null {
  switch (body.type) {
    case "payment":
      return body.paymentOp.destination;
    case "pathPaymentStrictReceive":
      return body.pathPaymentStrictReceiveOp.destination;
    case "pathPaymentStrictSend":
      return body.pathPaymentStrictSendOp.destination;
    case "accountMerge":
      return body.destination;
    default:
      return null;
  }
}

/** The receipt that a classic operation names; null: its receiver is not muxed. */
export function classicReceipt(operation: xdr.Operation): MuxedReceipt | null {
  const destination = destinationOf(operation);
  if (destination?.type !== "keyTypeMuxedEd25519") return null;
  const { id, ed25519 } = destination.med25519;
  return { account: strkey(StrkeyVersion.account, ed25519.toXdr()), id: String(id), event: null };
}

/** The receipt that a token event names (CAP-67); null: it names none. */
export function eventReceipt({ contractId, body }: xdr.ContractEvent): MuxedReceipt | null {
  const { topics, data } = body.v0;
  const [name, first, second] = topics;
  if (contractId === null || name?.type !== "scvSymbol" || data.type !== "scvMap") return null;
  const receiver = name.sym.toString() === "transfer" ? second : name.sym.toString() === "mint" ? first : undefined;
  const member = (key: string): xdr.ScVal | undefined =>
    data.map?.find((entry) => entry.key.type === "scvSymbol" && entry.key.sym.toString() === key)?.val;
  const [amount, id] = [member("amount"), member("to_muxed_id")];
  if (receiver?.type !== "scvAddress" || amount?.type !== "scvI128" || id?.type !== "scvU64") return null;
  const { hi, lo } = amount.i128;
  return {
    account: strkey(StrkeyVersion.account, receiver.address.toXdr().subarray(-32)),
    id: String(id.u64),
    event: { contract: strkey(StrkeyVersion.contract, contractId.toXdr()), amount: String((hi << 64n) | lo) },
  };
}
