import { once } from "node:events";
import type { State } from "postgres";
import { connectSocket, type SocketTarget } from "../../shared/database/socket.ts";
import { separateTls } from "../../shared/database/tls.ts";
import type { DatabaseConnection } from "./connection.ts";

/** Names a session to its server. */
export type SessionKey = Pick<State, "pid" | "secret">;

/** PostgreSQL's CancelRequest: its length and code, and whose statement it is. */
const CANCEL_REQUEST = [16, (1234 << 16) | 5678] as const;
/** A connection that has not been made by then comes too late. */
const TIMEOUT_MS = 2_000;

/**
 * Asks the server to cancel what a session is doing, over a connection as safe as the session's own. Resolves when the server has
 * heard it; nothing happens to a session that does nothing.
 * @throws the error of a connection that does not come about
 */
export async function cancelStatement(connection: DatabaseConnection, databaseUrl: string, { pid, secret }: SessionKey): Promise<void> {
  const { host, port, path } = connection.options;
  const target: SocketTarget = { host, port, path: path ?? false };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const socket = await connectSocket(target, separateTls(databaseUrl).tls, signal);
  const message = Buffer.alloc(CANCEL_REQUEST[0]);
  [...CANCEL_REQUEST, pid, secret].forEach((value, at) => message.writeUInt32BE(value >>> 0, at * 4));
  // What the server sends is of no interest, only that it closes.
  socket.on("error", () => {}).resume();
  socket.end(message);
  await once(socket, "close", { signal }).finally(() => socket.destroy());
}
