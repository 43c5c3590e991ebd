import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleFunction } from "../../tools/bundle-function.ts";
import { runLoad, type LoadFigures, type LoadOrder } from "./load.ts";

/** What the API takes, over HTTP and as the packaged function. */
export interface GraphqlFigures {
  http: LoadFigures[];
  packaged: LoadFigures[];
  /** The packaged function: bytes of its code, milliseconds of loading and warming up. */
  bundleBytes: number;
  importMs: number;
}

/**
 * @param url of the API over HTTP
 * @param folder for the bundle
 * @param environment of the packaged function, DATABASE_URL among it
 */
export async function benchGraphql(url: string, folder: string, environment: NodeJS.ProcessEnv, order: LoadOrder): Promise<GraphqlFigures> {
  const http = await runLoad<LoadFigures[]>("http-process.ts", url, order);
  const bundle = join(folder, "serve.mjs");
  const bundleBytes = await bundleFunction(fileURLToPath(new URL("../../functions/serve/index.ts", import.meta.url)), bundle);
  const maxConnections = String(Math.max(...order.concurrencies));
  const { importMs, figures } = await runLoad<{ importMs: number; figures: LoadFigures[] }>("packaged-process.ts", bundle, order, {
    ...environment,
    DATABASE_SECRET_ARN: undefined,
    DB_MAX_CONNS: maxConnections,
    LOG_LEVEL: "ERROR",
  });
  return { http, packaged: figures, bundleBytes, importMs };
}
