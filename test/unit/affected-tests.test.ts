import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { affectedTests } from "../../tools/test/affected-tests.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const affectedBy = (...changed: string[]): string[] => affectedTests(root, changed);

test("a changed file affects the tests that import it, also through others, and no more", () => {
  const byRpc = affectedBy("functions/ingest/source/rpc.ts");
  assert.ok(byRpc.includes("test/unit/rpc-source.test.ts"));
  assert.ok(byRpc.includes("test/database/live-sources.test.ts"), "by way of from-environment.ts");
  assert.ok(!byRpc.includes("test/infra/config.test.ts"));
  const byItself = affectedBy("test/unit/rpc-source.test.ts");
  assert.ok(byItself.includes("test/unit/rpc-source.test.ts") && byItself.length < 10, byItself.join());
});

test("what a test reads or runs counts: a migration, a page, the command line", () => {
  assert.ok(affectedBy("migrations/0001-chain.sql").includes("test/unit/schema-version.test.ts"));
  assert.ok(affectedBy("docs/operations/ingestion.md").includes("test/infra/metric-names.test.ts"));
  assert.ok(affectedBy("bin/commands/status.ts").includes("test/database/status.test.ts"));
});

test("a dependency or the shared set-up affects every test, a file that nothing uses none", () => {
  assert.equal(affectedBy("package-lock.json").length, affectedBy("test/fixtures/global-setup.ts").length);
  assert.ok(affectedBy("package-lock.json").length > 80);
  assert.deepEqual(affectedBy("LICENSE-of-nothing"), []);
});
