import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { startServer } from "../../bin/local-server/local-server.ts";

const LIMIT = 10_000;

/** The server's port; its database is nowhere, and what is refused needs none. */
async function start(t: TestContext): Promise<number> {
  const server = await startServer({ port: 0, databaseUrl: "postgres://nobody@127.0.0.1:1/none", clientAuthMaxBodySizeBytes: LIMIT });
  t.after(() => server.close());
  return Number(new URL(server.url).port);
}

/** Sends the texts one after the other and gives all that came back, once the server has closed. */
async function exchange(port: number, send: (socket: Socket) => void): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  let text = "";
  const closed = new Promise<void>((done) => socket.once("close", () => done()));
  socket.on("data", (data: Buffer) => (text += data.toString())).on("error", () => {});
  await once(socket, "connect");
  send(socket);
  // A server that keeps the connection fails the test by its time.
  const late = setTimeout(() => socket.destroy(new Error("the server keeps the connection")), 10_000);
  await closed;
  clearTimeout(late);
  return text;
}

const head = (more: string): string => `POST /graphql/query HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${more}\r\n\r\n`;

test("a body whose length says that it is too large is refused before it comes, and the connection closed", async (t) => {
  const port = await start(t);
  const text = await exchange(port, (socket) => socket.write(head("content-length: 50000000")));
  assert.match(text, /^HTTP\/1\.1 413 [^]*connection: close[^]*Request body too large/i);
  const asking = await exchange(port, (socket) => socket.write(head("content-length: 50000000\r\nexpect: 100-continue")));
  assert.match(asking, /^HTTP\/1\.1 413 /);
});

test("a body of unknown length is refused as soon as it is too large, while it is still coming", async (t) => {
  const port = await start(t);
  const text = await exchange(port, (socket) => {
    socket.write(head("transfer-encoding: chunked"));
    for (let sent = 0; sent <= LIMIT; sent += 4096) socket.write(`1000\r\n${"x".repeat(4096)}\r\n`);
  });
  assert.match(text, /^HTTP\/1\.1 413 [^]*Request body too large/);
});

test("malformed HTTP and clients that go away do not end the server", async (t) => {
  const port = await start(t);
  const broken = [
    "\0\0\0",
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    head("content-length: -1"),
    head("content-length: x"),
    head("transfer-encoding: chunked") + "zz\r\n",
  ];
  for (const text of [
    ...broken,
    `GET /${"a".repeat(100_000)} HTTP/1.1\r\n\r\n`,
    head(`x: ${"y".repeat(100_000)}`),
    "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n",
  ])
    await exchange(port, (socket) => socket.end(text));
  await exchange(port, (socket) => void socket.write(head("content-length: 100"), () => socket.destroy()));
  const response = await fetch(`http://127.0.0.1:${port}/nothing`);
  assert.equal(response.status, 404);
});
