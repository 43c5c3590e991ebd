import { globSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

interface BundleSize {
  name: "migrate" | "ingest" | "serve";
  /** The bundle alone, without source map and migrations. */
  bytes: number;
  limit: number | undefined;
}

/** Bytes; cold starts grow with them. */
const LIMITS: Partial<Record<BundleSize["name"], number>> = { ingest: 420_000, serve: 640_000 };

/** Sizes of the functions' bundles in a cloud assembly, found through the templates: the assets that would be uploaded. */
export function bundleSizes(assembly: string): BundleSize[] {
  return bundles(assembly).map(({ name, file }) => ({ name, bytes: statSync(file).size, limit: LIMITS[name] }));
}

/** The bundle of each function of ours, by the name of its folder. @throws Error when one is missing */
export function bundles(assembly: string): { name: BundleSize["name"]; file: string }[] {
  const names = { MigrationFunction: "migrate", IngestFunction: "ingest", ServeFunction: "serve" } as const;
  const [path] = globSync(join(assembly, "*-service.template.json"));
  if (path === undefined) throw new Error(`there is no service stack in ${assembly}`);
  const template = JSON.parse(readFileSync(path, "utf8")) as {
    Resources: Record<string, { Type: string; Metadata?: Record<string, string> }>;
  };
  const found = Object.entries(template.Resources).flatMap(([id, { Type, Metadata }]) => {
    const name = Object.entries(names).find(([prefix]) => id.startsWith(prefix))?.[1];
    const asset = Metadata?.["aws:asset:path"];
    return Type === "AWS::Lambda::Function" && name !== undefined && asset !== undefined
      ? [{ name, file: join(dirname(path), asset, "index.mjs") }]
      : [];
  });
  if (found.length !== Object.keys(names).length)
    throw new Error(`${path} names ${found.length} bundles; was it made without asset metadata?`);
  return found;
}
