import { WalletError } from "../../shared/errors.ts";
import { RpcError, type RpcClient } from "./rpc-client.ts";
import { malformed } from "./rpc-pages.ts";

/** The error for a method that the server refuses; any other error stays as it is. */
export function refused(client: RpcClient, error: unknown, what: string): unknown {
  if (!(error instanceof RpcError)) return error;
  return new WalletError(
    "SOURCE_UNAVAILABLE",
    `${client.name} refuses ${what}: ${error.message} (${error.code}). Use a Stellar RPC server that has it.`,
    { source: client.name },
    { cause: error },
  );
}

/** @throws WalletError NETWORK_MISMATCH when the server is of another network, SOURCE_UNAVAILABLE */
export async function requireRpcNetwork(client: RpcClient, passphrase: string, signal: AbortSignal): Promise<void> {
  let served: unknown;
  try {
    served = ((await client.call("getNetwork", {}, signal)).value as { passphrase?: unknown } | null | undefined)?.passphrase;
  } catch (error) {
    throw refused(client, error, "getNetwork");
  }
  if (typeof served !== "string") throw malformed(client.name, "getNetwork");
  if (served === passphrase) return;
  throw new WalletError(
    "NETWORK_MISMATCH",
    `${client.name} serves "${served}", not "${passphrase}". Set RPC_URL to a server of the right network, or NETWORK.`,
    { source: client.name },
  );
}
