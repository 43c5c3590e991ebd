import { decodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import type { RpcClient } from "../source/rpc-client.ts";
import { callContract, ContractCallError } from "./contract-call.ts";
import { tokenDecimals, tokenText } from "./token-values.ts";

/** What a token says of itself. */
export interface TokenMetadata {
  name: string;
  symbol: string;
  /** Null: its tokens are not divisible. */
  decimals: number | null;
  /** The first of the ledgers at whose ends it said so. */
  ledger: number;
}

const MAX_NAME_BYTES = 128;
const MAX_SYMBOL_BYTES = 32;

/**
 * Asks a token's contract for name, symbol and decimals.
 * @param contract `C…`
 * @param hasDecimals false: its tokens are not divisible (SEP-50), and it is not asked for decimals
 * @throws ContractCallError when it has none that can be used; what `RpcClient.call` throws besides
 */
export async function fetchTokenMetadata(
  client: RpcClient,
  contract: string,
  hasDecimals: boolean,
  signal: AbortSignal,
): Promise<TokenMetadata> {
  const id = decodeStrkey(contract);
  if (id?.[0] !== StrkeyVersion.contract) throw new ContractCallError(`${contract} is no contract`);
  let ledger = Infinity;
  const call = async (name: string): Promise<Buffer> => {
    const result = await callContract(client, id.subarray(1), name, signal);
    ledger = Math.min(ledger, result.ledger);
    return result.value;
  };
  const [name, symbol, decimals] = await Promise.all([call("name"), call("symbol"), hasDecimals ? call("decimals") : null]);
  return {
    name: tokenText(name, "name", MAX_NAME_BYTES),
    symbol: tokenText(symbol, "symbol", MAX_SYMBOL_BYTES),
    decimals: decimals && tokenDecimals(decimals),
    ledger,
  };
}
