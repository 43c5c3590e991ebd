import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { foreignServer } from "../fixtures/restartable-server.ts";

const script = fileURLToPath(new URL("../../tools/soak.ts", import.meta.url));
const SHORT = [
  "--minutes=0",
  "--fault-seconds=1",
  "--recovery-seconds=2.5",
  "--calm-seconds=1",
  "--flood=40",
  "--faults=flood,restart,hang",
];

test("npm start bears a flood, a restart of its database and clients that hang", { skip: foreignServer }, async () => {
  const child = spawn(process.execPath, [script, ...SHORT], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  assert.equal(code, 0, `${out}\n${error}`);
  assert.match(out, /SIGTERM ended the process/);
});
