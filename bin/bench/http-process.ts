/**
 * Load over HTTP, started by `runLoad` with the API's URL. Speaks HTTP/1.1 on kept-alive sockets by hand: Node's own clients
 * cost as much as the fastest query.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onOrder, runQueries, type Ask } from "./run-queries.ts";

const HEAD_END = Buffer.from("\r\n\r\n");

/** The body of the one answer that is on its way. */
function readAnswer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const done = (finish: () => void): void => {
      socket.off("data", take).off("close", lost);
      finish();
    };
    const lost = (): void => done(() => reject(new Error("the connection was closed")));
    const take = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const head = received.indexOf(HEAD_END);
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(received.toString("latin1", 0, head))?.[1]);
      const start = head + HEAD_END.length;
      if (received.length >= start + length) done(() => resolve(received.toString("utf8", start, start + length)));
    };
    socket.on("data", take).once("close", lost);
  });
}

async function connectTo(url: URL): Promise<Ask> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  await once(socket, "connect");
  const head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\n`;
  return (body) => {
    const answer = readAnswer(socket);
    socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    return answer;
  };
}

const url = new URL(process.argv[2]!);
onOrder((order) => runQueries(order, () => connectTo(url)));
