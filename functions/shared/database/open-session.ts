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
  /** Told when the session is over, for whatever reason. */
  onClose?: (session: postgres.Sql) => void;
}

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
 * @param url a PostgreSQL URL; `sslmode` and `sslrootcert` as in `separateTls`
 * @throws WalletError CONFIG_INVALID; statements throw DATABASE_UNREACHABLE when the server's certificate is not trusted
 */
export function openSession(url: string, { parameters, textTypes, onNotice, onSocket, onClose }: SessionSettings): postgres.Sql {
  const { url: plain, tls } = separateTls(url);
  warnOfPlainText(url);
  let sockets = 0;
  const end = (): void => void session.end({ timeout: 0 }).catch(() => {});
  const session: postgres.Sql = postgres(plain, {
    max: 1,
    prepare: true,
    fetch_types: false,
    connect_timeout: 10,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: onNotice ?? (() => {}),
    onclose: () => {
      // Called before the driver connects again for statements that still wait; ending the client rejects them.
      end();
      onClose?.(session);
    },
    types: Object.fromEntries(textTypes.map((from) => [from[0]!, { to: from[0]!, from, serialize: String, parse: asIs }])),
    connection: { TimeZone: "UTC", jit: "off", ...parameters },
    // `connectSocket` does TLS.
    ssl: false,
    ...({
      socket: async (target: SocketTarget) => {
        try {
          if (sockets++ > 0) throw Object.assign(new Error("the server ended the connection"), { code: "CONNECTION_CLOSED" });
          const socket = await connectSocket(target, tls);
          onSocket?.(socket, session);
          return socket;
        } catch (error) {
          // The driver rejects the statement that wanted the socket and forgets the connection: later ones would wait forever.
          end();
          throw error;
        }
      },
    } as object),
  });
  return session;
}
