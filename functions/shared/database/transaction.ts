import type { Database } from "./session.ts";

/**
 * Runs `work` in a transaction of the session: committed when it resolves, rolled back when it rejects. All of `work`'s
 * statements go through `sql`, and nobody else uses it meanwhile.
 *
 * Not the driver's own `sql.begin`: when its connection breaks, that still rolls back on the socket that is gone, and throws
 * out of every promise (postgres.js 3.4.9: `Cannot read properties of null (reading 'write')`), which ends the process.
 * @throws what `work` rejects with, or the error of BEGIN or COMMIT; Error when the server rolled back instead
 */
export async function transact<T>(sql: Database, work: () => Promise<T>): Promise<T> {
  await sql.unsafe("begin");
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // A session that is lost has rolled back already.
    await sql.unsafe("rollback").catch(() => {});
    throw error;
  }
  const { command } = await sql.unsafe("commit");
  // The server's response to COMMIT after a statement had failed and `work` did not reject.
  if (command !== "COMMIT") throw new Error(`the transaction ended with ${command}: a statement in it had failed`);
  return result;
}
