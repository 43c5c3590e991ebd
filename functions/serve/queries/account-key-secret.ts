import { byteaBytes } from "../../shared/columns/bytea.ts";
import type { Snapshot, Statement } from "../database/snapshot.ts";

/** One function, so that `once` knows it again. */
const select: Statement<{ secret: string }> = (sql) => sql`select secret from account_key_secret`;

/** The secret of the keys of accounts in links; asked once a connection. */
export async function accountKeySecret(snapshot: Snapshot): Promise<Buffer> {
  const [row] = await snapshot.once(select);
  if (row === undefined) throw new Error("the database has no account_key_secret");
  return byteaBytes(row.secret);
}
