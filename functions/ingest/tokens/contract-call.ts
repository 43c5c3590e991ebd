import { HostFunctionType, OperationType, ScAddressType, EnvelopeType } from "../../shared/xdr/xdr.generated.ts";
import { isLongString } from "../source/long-strings.ts";
import { RpcError, type RpcClient } from "../source/rpc-client.ts";

/** The contract does not answer as it should; asking again helps only if the contract changes. */
export class ContractCallError extends Error {
  override readonly name = "ContractCallError";
}

/**
 * A transaction that calls a contract's function without arguments, as XDR `TransactionEnvelope` in base64. For simulation only: its
 * source is the all-zero account, it has no signature, no time bounds and no fee that anyone could take.
 * @param contractId 32 bytes
 * @param name of the function, at most 32 ASCII characters
 */
export function callEnvelope(contractId: Uint8Array, name: string): string {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const symbol = Buffer.alloc(Math.ceil(name.length / 4) * 4);
  symbol.write(name, "latin1");
  return Buffer.concat([
    int(EnvelopeType.envelopeTypeTx),
    int(0), // source account: a plain key
    Buffer.alloc(32),
    int(100), // fee
    Buffer.alloc(8), // sequence number
    int(0), // no preconditions
    int(0), // no memo
    int(1), // one operation
    int(0), // of the transaction's source
    int(OperationType.invokeHostFunction),
    int(HostFunctionType.hostFunctionTypeInvokeContract),
    int(ScAddressType.scAddressTypeContract),
    contractId,
    int(name.length),
    symbol,
    int(0), // no arguments
    int(0), // no authorizations
    int(0), // no extension
    int(0), // no signatures
  ]).toString("base64");
}

interface Simulation {
  error?: unknown;
  results?: unknown;
}

/**
 * What a contract's function returns, by simulation (`simulateTransaction`).
 * @returns XDR `ScVal`, not checked
 * @throws ContractCallError when the contract fails, does not exist or returns too much; what `RpcClient.call` throws besides
 */
export async function callContract(client: RpcClient, contractId: Uint8Array, name: string, signal: AbortSignal): Promise<Buffer> {
  let value: unknown;
  try {
    ({ value } = await client.call("simulateTransaction", { transaction: callEnvelope(contractId, name) }, signal));
  } catch (error) {
    if (error instanceof RpcError) throw new ContractCallError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
  const { error, results } = (value ?? {}) as Simulation;
  if (error !== undefined) throw new ContractCallError(`${name}: ${typeof error === "string" ? error : "the simulation failed"}`);
  const [result] = (Array.isArray(results) ? results : []) as { xdr?: unknown }[];
  if (isLongString(result?.xdr, Infinity)) throw new ContractCallError(`${name}: the answer is too long`);
  if (typeof result?.xdr !== "string") throw new ContractCallError(`${name}: the simulation gives no result`);
  return Buffer.from(result.xdr, "base64");
}
