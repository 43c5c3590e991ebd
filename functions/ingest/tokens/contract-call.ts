import { HostFunctionType, OperationType, ScAddressType, EnvelopeType } from "../../shared/xdr/xdr.generated.ts";
import { isLongString } from "../source/long-strings.ts";
import { RpcError, type RpcClient } from "../source/rpc-client.ts";
import { isLedger } from "./ledger-number.ts";
import { word } from "./sc-bytes.ts";

/** The contract does not answer as it should; asking again helps only if the contract changes. */
export class ContractCallError extends Error {
  override readonly name = "ContractCallError";
}

/**
 * A transaction that calls a contract's function, as XDR `TransactionEnvelope` in base64. For simulation only: its source is the all-zero
 * account, it has no signature, no time bounds and no fee that anyone could take.
 * @param contractId 32 bytes
 * @param name of the function, at most 32 ASCII characters
 * @param args XDR `ScVal` each
 */
export function callEnvelope(contractId: Uint8Array, name: string, args: readonly Uint8Array[] = []): string {
  const symbol = Buffer.alloc(Math.ceil(name.length / 4) * 4);
  symbol.write(name, "latin1");
  return Buffer.concat([
    word(EnvelopeType.envelopeTypeTx),
    word(0), // source account: a plain key
    Buffer.alloc(32),
    word(100), // fee
    Buffer.alloc(8), // sequence number
    word(0), // no preconditions
    word(0), // no memo
    word(1), // one operation
    word(0), // of the transaction's source
    word(OperationType.invokeHostFunction),
    word(HostFunctionType.hostFunctionTypeInvokeContract),
    word(ScAddressType.scAddressTypeContract),
    contractId,
    word(name.length),
    symbol,
    word(args.length),
    ...args,
    word(0), // no authorizations
    word(0), // no extension
    word(0), // no signatures
  ]).toString("base64");
}

interface Simulation {
  error?: unknown;
  results?: unknown;
  latestLedger?: unknown;
}

/** What a function returned. */
interface CallResult {
  /** XDR `ScVal`, not checked. */
  value: Buffer;
  /** The ledger at whose end it would return that. */
  ledger: number;
}

/**
 * What a contract's function returns, by simulation (`simulateTransaction`).
 * @param args XDR `ScVal` each
 * @throws ContractCallError when the contract fails, does not exist or returns too much; what `RpcClient.call` throws besides
 */
export async function callContract(
  client: RpcClient,
  contractId: Uint8Array,
  name: string,
  signal: AbortSignal,
  args: readonly Uint8Array[] = [],
): Promise<CallResult> {
  let value: unknown;
  try {
    ({ value } = await client.call("simulateTransaction", { transaction: callEnvelope(contractId, name, args) }, signal));
  } catch (error) {
    if (error instanceof RpcError) throw new ContractCallError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
  const { error, results, latestLedger } = (value ?? {}) as Simulation;
  if (error !== undefined) throw new ContractCallError(`${name}: ${typeof error === "string" ? error : "the simulation failed"}`);
  const [result] = (Array.isArray(results) ? results : []) as { xdr?: unknown }[];
  if (isLongString(result?.xdr, Infinity)) throw new ContractCallError(`${name}: the answer is too long`);
  if (typeof result?.xdr !== "string") throw new ContractCallError(`${name}: the simulation gives no result`);
  if (!isLedger(latestLedger)) throw new ContractCallError(`${name}: the simulation names no ledger`);
  return { value: Buffer.from(result.xdr, "base64"), ledger: latestLedger };
}
