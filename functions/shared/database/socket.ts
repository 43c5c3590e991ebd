import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { DatabaseTls } from "./tls.ts";
import { WalletError } from "../errors.ts";

/** Where postgres.js wants to go. */
export interface SocketTarget {
  host: string[];
  port: number[];
  path: string | boolean;
}

/** Room for a whole ledger: postgres.js stops pipelining while a socket's buffer is full. */
const BUFFER_BYTES = 4 << 20;
const CONNECT_TIMEOUT_MS = 10_000;
/** PostgreSQL's request for TLS, and the response that accepts it. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const YES = "S".charCodeAt(0);

/**
 * A connected socket for postgres.js without Nagle's delay: the driver never turns it off, and the closing message of a COPY
 * then waits 40 ms for an acknowledgement. TLS is made here and not by the driver, so that a refusal says what to do, the
 * encrypted stream has the same room, and connecting has a bound (the driver's begins after its `socket` function).
 * @param unwanted aborts when nobody wants the socket any more: nothing is left of it
 * @throws WalletError DATABASE_UNREACHABLE when TLS is refused or the certificate is not trusted; else the system's error
 */
export async function connectSocket(target: SocketTarget, tls: DatabaseTls | null, unwanted: AbortSignal): Promise<Socket> {
  unwanted.throwIfAborted();
  const host = target.host[0] ?? "localhost";
  const timeout = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  const signal = AbortSignal.any([timeout, unwanted]);
  const socket = openSocket(target, host);
  try {
    await happens(socket, "connect", signal);
    const ready = tls && typeof target.path !== "string" ? await encrypt(socket, host, tls, signal) : socket;
    unwanted.throwIfAborted();
    // The driver takes the name for its messages from here.
    return Object.assign(ready, { host });
  } catch (error) {
    socket.destroy();
    if (timeout.aborted)
      throw Object.assign(new Error(`no connection to ${host} within ${CONNECT_TIMEOUT_MS} ms`), { code: "CONNECT_TIMEOUT" });
    throw error;
  }
}

function openSocket({ path, port }: SocketTarget, host: string): Socket {
  const options = { writableHighWaterMark: BUFFER_BYTES };
  return typeof path === "string" ? connect({ path, ...options }) : connect({ host, port: port[0] ?? 5432, noDelay: true, ...options });
}

async function encrypt(socket: Socket, host: string, tls: DatabaseTls, signal: AbortSignal): Promise<Socket> {
  const responded = happens(socket, "data", signal);
  socket.write(SSL_REQUEST);
  const response = (await responded) as Buffer;
  // More than the one byte would be plaintext that somebody put in front of the encrypted stream.
  if (response.length !== 1) throw refused(host, "the server sent too much");
  if (response[0] !== YES) {
    if (tls.mode === "prefer") return socket;
    throw refused(host, "the server offers no TLS");
  }
  const verified = tls.mode === "verify-ca" || tls.mode === "verify-full";
  // From here on the encrypted stream tells of failures.
  socket.on("error", () => {});
  const options: ConnectionOptions & { highWaterMark: number } = {
    socket,
    // For the check of an address in the certificate, which has no server name.
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...(tls.ca !== undefined && { ca: tls.ca }),
    rejectUnauthorized: verified,
    ...(tls.mode !== "verify-full" && { checkServerIdentity: () => undefined }),
    // Node gives it to the TLS stream as well.
    highWaterMark: BUFFER_BYTES,
  };
  const secure = connectTls(options);
  try {
    await happens(secure, "secureConnect", signal);
  } catch (error) {
    secure.destroy();
    if (signal.aborted) throw error;
    throw refused(host, error instanceof Error ? error.message : String(error), error);
  }
  return secure;
}

/** The first event of the name; rejects when the socket fails or closes before it. */
function happens(socket: Socket, event: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (run: () => void): void => {
      socket.off(event, done).off("error", failed).off("close", closed);
      signal.removeEventListener("abort", late);
      run();
    };
    const done = (value: unknown): void => settle(() => resolve(value));
    const failed = (error: Error): void => settle(() => reject(error));
    const closed = (): void => failed(Object.assign(new Error("the server closed the connection"), { code: "ECONNRESET" }));
    const late = (): void => failed(signal.reason as Error);
    socket.once(event, done).once("error", failed).once("close", closed);
    signal.addEventListener("abort", late, { once: true });
    // It may have aborted since the last event.
    if (signal.aborted) late();
  });
}

function refused(host: string, reason: string, cause?: unknown): WalletError {
  return new WalletError(
    "DATABASE_UNREACHABLE",
    `No safe connection to the database at ${host}: ${reason}. Check the host's name and sslmode, and that sslrootcert (DATABASE_CA_FILE, or ca in the secret) holds the provider's certificate authority.`,
    { host },
    { cause },
  );
}
