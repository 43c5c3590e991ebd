import { decodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import type { RpcClient } from "../source/rpc-client.ts";
import { callContract, ContractCallError } from "./contract-call.ts";
import { tokenDecimals, tokenText } from "./token-values.ts";

/** What a token says of itself. */
export interface TokenMetadata {
  name: string;
  symbol: string;
  decimals: number;
  /** The asset whose contract this provably is; null for any other token, whatever it calls itself. */
  asset: { code: string; issuer: string } | null;
}

const MAX_NAME_BYTES = 128;
const MAX_SYMBOL_BYTES = 32;
const ASSET_NAME = /^([A-Za-z0-9]{1,12}):(G[A-Z2-7]{55})$/;

/** The asset that a contract's name names, if the contract's id is that asset's. */
function provenAsset(contract: string, name: string, ids: ContractIds): TokenMetadata["asset"] {
  if (name === "native") return ids.native().text === contract ? { code: "XLM", issuer: "" } : null;
  const [, code, issuer] = ASSET_NAME.exec(name) ?? [];
  const bytes = issuer === undefined ? null : decodeStrkey(issuer);
  if (!code || !issuer || bytes?.[0] !== StrkeyVersion.account) return null;
  return ids.fromCodeAndIssuer(code, ids.addresses.fromBytes(bytes)).text === contract ? { code, issuer } : null;
}

/**
 * Asks a token's contract for name, symbol and decimals.
 * @param contract `C…`
 * @throws ContractCallError when it has none that can be used; what `RpcClient.call` throws besides
 */
export async function fetchTokenMetadata(
  client: RpcClient,
  contract: string,
  ids: ContractIds,
  signal: AbortSignal,
): Promise<TokenMetadata> {
  const id = decodeStrkey(contract);
  if (id?.[0] !== StrkeyVersion.contract) throw new ContractCallError(`${contract} is no contract`);
  const call = (name: string): Promise<Buffer> => callContract(client, id.subarray(1), name, signal);
  const [name, symbol, decimals] = await Promise.all([call("name"), call("symbol"), call("decimals")]);
  const text = tokenText(name, "name", MAX_NAME_BYTES);
  const asset = provenAsset(contract, text, ids);
  // Of an asset's contract all three follow from its id.
  if (asset) return { name: text, symbol: asset.code, decimals: 7, asset };
  return { name: text, symbol: tokenText(symbol, "symbol", MAX_SYMBOL_BYTES), decimals: tokenDecimals(decimals), asset };
}
