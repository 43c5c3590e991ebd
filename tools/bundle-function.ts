/**
 * Bundles a Lambda's entry as it is deployed: one ES module with everything in it. The options are the ones that the stacks
 * give to esbuild.
 */
import { build, type BuildOptions } from "esbuild";

/** esbuild's options of every function. Source: spec toolchain, section CDK. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  minify: true,
  // The ES modules of packages that have both are smaller and can be shaken.
  mainFields: ["module", "main"],
  // CommonJS dependencies call require; a name of its own, since minified code uses the short ones.
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
  // yoga carries a fetch of its own for older Nodes (some 110 KB); this one's globals do.
  alias: { "@whatwg-node/fetch": "@whatwg-node/fetch/dist/global-ponyfill.js" },
  logLevel: "error",
} as const satisfies BuildOptions;

/**
 * Writes a function's bundle.
 * @param entry path of its index.ts
 * @param outfile path ending in .mjs
 * @returns bytes of the code that a cold start loads, and of all its chunks
 */
export async function bundleFunction(entry: string, outfile: string): Promise<number> {
  const { metafile } = await build({ ...BUNDLE_OPTIONS, entryPoints: [entry], outfile, metafile: true });
  return Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
}
