/** Loaded before a function: tells the parent process of everything that the function connects to. */
import { Socket } from "node:net";

interface Target {
  host?: string;
  port?: number;
  path?: string;
}

const connect = Socket.prototype.connect as (...args: unknown[]) => Socket;

function describe(args: unknown[]): string {
  // `net.connect` hands its arguments over in an array.
  const [first, second] = (Array.isArray(args[0]) ? args[0] : args) as [Target | number | string, string?];
  const { host = "localhost", port, path } = typeof first === "object" ? first : { port: Number(first), host: second };
  return path ?? `${host}:${port}`;
}

Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  process.send?.({ connects: describe(args) });
  return connect.apply(this, args);
};
