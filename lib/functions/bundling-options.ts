/** How an entry becomes one ES module, for all that call esbuild: stacks, tests, benchmarks. */
export const BUNDLING = {
  target: "node24",
  minify: true,
  // The ES modules of packages that have both are smaller and can be shaken.
  mainFields: ["module", "main"],
  // CommonJS dependencies call require for Node's own modules; a name of its own, since minified code uses the short ones.
  banner: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  // yoga carries a fetch of its own for older Nodes (a sixth of serve's bundle); this one's globals do.
  fetchAlias: { package: "@whatwg-node/fetch", file: "@whatwg-node/fetch/dist/global-ponyfill.js" },
  charset: "utf8" as const,
};
