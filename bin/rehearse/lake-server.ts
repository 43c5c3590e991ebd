import { createReadStream, readdirSync, statSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative, sep } from "node:path";

/** A directory served as an S3 bucket. */
export interface LakeServer {
  /** For DATASTORE_ENDPOINT_URL. */
  url: string;
  /** For DATASTORE_BUCKET_PATH. */
  bucketPath: string;
  close(): Promise<void>;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/xml" }).end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
}

function keysIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(directory, name)).isFile())
    .map((name) => name.split(sep).join("/"))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/**
 * Serves a data lake's directory as S3 does, path-style, on a free port of the loopback: GetObject and ListObjectsV2.
 * @param bucketPath `bucket/prefix` that the directory stands for
 */
export async function startLakeServer(directory: string, bucketPath: string): Promise<LakeServer> {
  const [lakeBucket, ...folders] = bucketPath.split("/").filter((part) => part !== "");
  const root = folders.map((folder) => `${folder}/`).join("");
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const [, bucket, ...rest] = url.pathname.split("/").map(decodeURIComponent);
    if (request.method !== "GET") return refuse(response, 405, "MethodNotAllowed");
    if (bucket !== lakeBucket) return refuse(response, 404, "NoSuchBucket");
    const key = rest.join("/");
    if (key === "") return list(url.searchParams, response);
    if (!key.startsWith(root)) return refuse(response, 404, "NoSuchKey");
    const file = join(directory, key.slice(root.length));
    if (relative(directory, file).startsWith("..")) return refuse(response, 404, "NoSuchKey");
    const stream = createReadStream(file);
    stream.once("open", () => response.writeHead(200, { "content-type": "application/octet-stream" }));
    stream.once("error", () => refuse(response, 404, "NoSuchKey"));
    stream.pipe(response);
  });

  function list(query: URLSearchParams, response: ServerResponse): void {
    const [prefix, after, most] = [query.get("prefix") ?? "", query.get("start-after") ?? "", Number(query.get("max-keys") ?? 1000)];
    const keys = keysIn(directory)
      .map((key) => root + key)
      .filter((key) => key.startsWith(prefix) && key > after);
    const contents = keys.slice(0, most).map((key) => `<Contents><Key>${key}</Key></Contents>`);
    const body = `<?xml version="1.0"?><ListBucketResult><IsTruncated>${keys.length > most}</IsTruncated>${contents.join("")}</ListBucketResult>`;
    response.writeHead(200, { "content-type": "application/xml" }).end(body);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucketPath,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
