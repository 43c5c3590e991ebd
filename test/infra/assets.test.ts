import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createApp } from "../../lib/app.ts";
import { bundles, bundleSizes } from "../../tools/infra/bundle-sizes.ts";
import { MODES } from "../fixtures/synthesise.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { context } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")) as { context: Record<string, unknown> };
mkdirSync(join(root, "cdk.out"), { recursive: true });
const [first, second] = ["a", "b"].map(() => synthesise());

/** A cloud assembly with real bundles; sources are named relative to it, so all stand equally deep. */
function synthesise(): string {
  const outdir = mkdtempSync(join(root, "cdk.out", "test-"));
  after(() => rmSync(outdir, { recursive: true, force: true }));
  createApp({ outdir, context: { ...context, "aws:cdk:enable-asset-metadata": true, ...MODES.external } }, {}).synth();
  return outdir;
}

test("an unchanged tree gives the same assets", () => {
  const assets = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith("asset."));
  assert.ok(assets(first!).length >= 3);
  assert.deepEqual(assets(second!).sort(), assets(first!).sort());
});

test("bundles are small enough to start quickly", () => {
  for (const { name, bytes, limit } of bundleSizes(first!)) assert.ok(bytes > 10_000 && bytes <= (limit ?? 250_000), `${name}: ${bytes}`);
});

test("the migrations stand beside the migrator", () => {
  const files = bundles(first!);
  assert.deepEqual(files.map(({ name }) => name).sort(), ["ingest", "migrate", "serve"]);
  const folder = join(files.find(({ name }) => name === "migrate")!.file, "..", "migrations");
  const filesIn = (path: string): string[] => readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  assert.deepEqual(filesIn(folder), filesIn(join(root, "migrations")));
});

test("no bundle carries its sources, GraphiQL or the AWS SDK", () => {
  for (const { file } of bundles(first!)) {
    const map = JSON.parse(readFileSync(`${file}.map`, "utf8")) as { sources: string[]; sourcesContent?: unknown };
    assert.equal(map.sourcesContent, undefined);
    assert.deepEqual(
      map.sources.filter((source) => /node_modules\/(@aws-sdk|@smithy|@graphql-yoga\/render-graphiql)\//.test(source)),
      [],
    );
  }
});
