import type { Socket } from "node:net";
import postgres from "postgres";
import { connectSocket, type SocketTarget } from "./socket.ts";
import { separateTls, unencryptedHost } from "./tls.ts";

/** What a user of the database sets for its sessions. */
interface SessionSettings {
  /** The server's parameters for the session, beside those that all have. */
  parameters: Partial<postgres.ConnectionParameters>;
  /** Types (OIDs) that stay the server's text in both directions; of a list, the first is what parameters are sent as. */
  textTypes: number[][];
  /** Told of the server's notices. */
  onNotice?: (notice: postgres.Notice) => void;
  /** Told of the socket, TLS included, before the session begins. */
  onSocket?: (socket: Socket, session: postgres.Sql) => void;
  /** Told once, when nothing of the session is left: its socket has closed, or it never had one. */
  onClose?: (session: postgres.Sql) => void;
}

/** How long the server has for closing a session that was ended, milliseconds; after that its socket is destroyed. */
const CLOSE_TIMEOUT_MS = 5_000;

const warned = new Set<string>();

/** Once a host and process. */
function warnOfPlainText(url: string): void {
  const host = unencryptedHost(url);
  if (host === null || warned.has(host)) return;
  warned.add(host);
  process.emitWarning(
    `The connection to the database at ${host} is not encrypted for certain: password and data may cross the network in the clear. Add sslmode=verify-full to its URL.`,
    { code: "DATABASE_NOT_ENCRYPTED" },
  );
}

/** One function for all types and sessions: it is called for each value, and the engine can inline it. */
const asIs = (text: string): string => text;

/**
 * One session that connects with its first statement, and only once: when the connection is lost or cannot be made, every
 * statement on it rejects. The driver alone would connect again silently, without the transaction that was open and without
 * the locks of the session.
 *
 * Ending it ends whatever there is of it, also a connection that is still being made, which the driver forgets. The server closes
 * the socket of a session only when its process is gone, so a closed socket means one session less.
 * @param url a PostgreSQL URL; `sslmode` and `sslrootcert` as in `separateTls`
 * @throws WalletError CONFIG_INVALID; statements throw DATABASE_UNREACHABLE when the server's certificate is not trusted
 */
export function openSession(url: string, { parameters, textTypes, onNotice, onSocket, onClose }: SessionSettings): postgres.Sql {
  const { url: plain, tls } = separateTls(url);
  warnOfPlainText(url);
  let sockets = 0;
  let connected: Socket | null = null;
  let isOver = false;
  const ended = new AbortController();
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    onClose?.(session);
  };
  const session: postgres.Sql = postgres(plain, {
    max: 1,
    prepare: true,
    fetch_types: false,
    connect_timeout: 10,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: onNotice ?? (() => {}),
    // Called before the driver connects again for statements that still wait; ending the client rejects them.
    onclose: () => void reject(),
    types: Object.fromEntries(textTypes.map((from) => [from[0]!, { to: from[0]!, from, serialize: String, parse: asIs }])),
    // TimeZone passes every pooler: PgBouncer carries it, of its own accord, from session to session.
    connection: { TimeZone: "UTC", ...parameters },
    // `connectSocket` does TLS.
    ssl: false,
    ...({
      socket: async (target: SocketTarget) => {
        try {
          if (sockets++ > 0) throw Object.assign(new Error("the server ended the connection"), { code: "CONNECTION_CLOSED" });
          const socket = await connectSocket(target, tls, ended.signal);
          connected = socket.once("close", over);
          onSocket?.(socket, session);
          return socket;
        } catch (error) {
          // The driver rejects the statement that wanted the socket and forgets the connection: later ones would wait forever.
          void reject();
          over();
          throw error;
        }
      },
    } as object),
  });
  const endDriver = session.end;
  const reject = (): Promise<void> => endDriver({ timeout: 0 }).catch(() => {});
  session.end = async (options) => {
    await endDriver(options);
    ended.abort(Object.assign(new Error("the session was ended"), { code: "CONNECTION_ENDED" }));
    if (sockets === 0) over();
    if (connected === null || connected.closed) return;
    const socket = connected;
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS);
    socket.once("close", () => clearTimeout(timer));
  };
  return session;
}
