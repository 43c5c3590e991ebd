/**
 * Builds the client that `stellar-wallet-serverless/client` names: one ES module without dependencies, for Node and browsers, and
 * its types. Node does not strip types inside node_modules, so users need JavaScript. Runs at install (`prepare`).
 *
 * Run: `node tools/build-client.ts [FOLDER]`, by default dist/client
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @param folder where index.js and the .d.ts files go */
export async function buildClient(folder: string): Promise<void> {
  await build({
    entryPoints: [`${root}client/index.ts`],
    outfile: `${folder}/index.js`,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2023",
    logLevel: "error",
  });
  const tsc = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", `${root}client`, "--outDir", folder], {
    encoding: "utf8",
  });
  if (tsc.status !== 0) throw new Error(`the client's types cannot be written: ${tsc.stdout}${tsc.stderr}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildClient(process.argv[2] ?? `${root}dist/client`);
