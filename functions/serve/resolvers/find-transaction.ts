import type { Context } from "../context.ts";
import type { TransactionNode } from "../nodes/transaction.ts";
import { transactionsByHashPrefix } from "../queries/transaction-hashes.ts";

/** The transaction of a hash (64 lower-case hex digits), or null. Several may share the indexed prefix. */
export async function findTransaction({ snapshot, loaders }: Context, hash: string): Promise<TransactionNode | null> {
  const candidates = await transactionsByHashPrefix(snapshot, hash);
  const found = await Promise.all(candidates.map((key) => loaders.transactions.load(key)));
  return found.find((transaction) => transaction?.hash === hash) ?? null;
}
