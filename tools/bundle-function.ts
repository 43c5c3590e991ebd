/**
 * Bundles a Lambda's entry with the options of the stacks, but with everything in it: no runtime brings the SDK here.
 */
import { build, type BuildOptions } from "esbuild";
import { BUNDLING } from "../lib/functions/bundling-options.ts";

/** esbuild's options of every function. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  platform: "node",
  target: BUNDLING.target,
  format: "esm",
  minify: BUNDLING.minify,
  mainFields: BUNDLING.mainFields,
  banner: { js: BUNDLING.banner },
  alias: { [BUNDLING.fetchAlias.package]: BUNDLING.fetchAlias.file },
  charset: BUNDLING.charset,
  logLevel: "error",
} satisfies BuildOptions;

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
