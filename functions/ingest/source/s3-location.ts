import { WalletError } from "../../shared/errors.ts";
import { SOURCE_VARIABLES } from "../environment.ts";

/** Where a lake's objects are. */
export interface S3Location {
  bucket: string;
  /** Key of the lake's root with a slash at its end; empty: the bucket itself. */
  root: string;
  region: string;
  /** URL of the bucket, without a slash at its end. */
  url: string;
}

const DEFAULT_REGION = SOURCE_VARIABLES.DATASTORE_REGION.default;

function invalid(message: string): never {
  throw new WalletError("CONFIG_INVALID", message);
}

/**
 * Reads the settings of an S3 location. Without an endpoint the bucket is a host of AWS (virtual-hosted), or a path where its name
 * has dots, which no certificate covers. With an endpoint it is a path of it, or takes the place of `{bucket}` in it.
 * @param bucketPath `bucket/prefix`, also with `s3://` before it
 * @param endpointUrl e.g. `http://127.0.0.1:9000` or `https://{bucket}.storage.example`
 * @throws WalletError CONFIG_INVALID
 */
export function s3Location(bucketPath: string, region: string = DEFAULT_REGION, endpointUrl?: string): S3Location {
  const [bucket = "", ...rest] = bucketPath
    .replace(/^s3:\/\//, "")
    .replace(/\/+$/, "")
    .split("/");
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    invalid(`DATASTORE_BUCKET_PATH is ${bucketPath}. Set it to bucket/prefix of a data lake, e.g. my-bucket/ledgers/pubnet.`);
  if (!/^[a-z0-9-]+$/.test(region)) invalid(`DATASTORE_REGION is ${region}. Set it to a region's name, e.g. ${DEFAULT_REGION}.`);
  const prefix = rest.filter((part) => part !== "").join("/");
  return { bucket, root: prefix === "" ? "" : `${prefix}/`, region, url: bucketUrl(bucket, region, endpointUrl) };
}

function bucketUrl(bucket: string, region: string, endpointUrl: string | undefined): string {
  if (endpointUrl === undefined) {
    const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    return bucket.includes(".") ? `https://s3.${region}.${domain}/${bucket}` : `https://${bucket}.s3.${region}.${domain}`;
  }
  const hosted = endpointUrl.includes("{bucket}");
  const url = endpointUrl.replace("{bucket}", bucket).replace(/\/+$/, "");
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    invalid("DATASTORE_ENDPOINT_URL is no URL. Set it to the address of an S3 server, e.g. https://host:9000, or leave it away for AWS.");
  return hosted ? url : `${url}/${bucket}`;
}

/** A key as a URL's path: everything but slashes and RFC 3986's unreserved characters escaped, as signatures want it. */
export function keyPath(key: string): string {
  return encodeURIComponent(key)
    .replace(/%2F/g, "/")
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
