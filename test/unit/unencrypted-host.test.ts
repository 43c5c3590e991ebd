import assert from "node:assert/strict";
import { test } from "node:test";
import { unencryptedHost } from "../../functions/shared/database/tls.ts";

test("a connection to another machine without TLS for certain is told by its host, any other is not", () => {
  const told = (url: string): string | null => unencryptedHost(`postgres://user:secret@${url}`);
  for (const host of ["db.example.org", "10.0.0.5", "[2001:db8::1]", "127.example.org", "localhost.example.org"])
    for (const query of ["", "?sslmode=disable", "?sslmode=prefer", "?sslmode=allow", "?ssl=false"])
      assert.equal(told(`${host}/wallet${query}`), host);
  for (const url of [
    "localhost/wallet", "127.0.0.1:5432/wallet", "127.8.0.1/wallet", "[::1]/wallet", "%2Fvar%2Frun/wallet", "db.example.org/wallet?host=/var/run",
    "db.example.org/wallet?sslmode=require", "db.example.org/wallet?sslmode=verify-full", "db.example.org/wallet?ssl=true",
  ]) assert.equal(told(url), null, url); // prettier-ignore
});
