import { wordsOf } from "../../shared/xdr/words-of.ts";
import { int128, type Words } from "../../shared/xdr/words.ts";
import { ScValType, skipScVal } from "../../shared/xdr/xdr.generated.ts";
import type { RpcClient } from "../source/rpc-client.ts";
import { callContract, ContractCallError } from "./contract-call.ts";
import { scvAddress } from "./sc-bytes.ts";

/** What a contract says that somebody has. */
interface ToldBalance {
  /** In the token's smallest unit, not negative. */
  amount: bigint;
  /** The ledger at whose end it is so. */
  ledger: number;
}

/**
 * Asks a token's contract for the balance of a holder, `balance(id)`.
 * @param contract address (version byte and id)
 * @param holder address, as long as it is one that can have something
 * @param newest no later ledger can have closed by now
 * @throws ContractCallError for anything but an i128 that is not negative; what `RpcClient.call` throws besides
 */
export async function fetchBalance(
  client: RpcClient,
  contract: Uint8Array,
  holder: Uint8Array,
  newest: number,
  signal: AbortSignal,
): Promise<ToldBalance> {
  const address = scvAddress(holder);
  if (address === null) throw new ContractCallError("balance: no contract knows such a holder");
  const { value, ledger } = await callContract(client, contract.subarray(1), "balance", signal, [address]);
  // A number that no ledger has yet would keep the events of all ledgers before it out of the balance.
  if (ledger > newest) throw new ContractCallError(`balance: ledger ${ledger} cannot have closed yet`);
  return { amount: amountOf(value), ledger };
}

function amountOf(value: Buffer): bigint {
  let x: Words | null = null;
  try {
    x = wordsOf(value);
    if (x[0] !== ScValType.scvI128 || skipScVal(x, 0) !== x.length) x = null;
  } catch {
    x = null;
  }
  if (x === null) throw new ContractCallError("balance: the answer is no i128");
  const amount = int128(x, 1);
  if (amount < 0n) throw new ContractCallError("balance: the answer is negative");
  return amount;
}
