import { AwsV4Signer } from "aws4fetch";
import type { AwsCredentials } from "../../shared/aws-environment.ts";
import { WalletError } from "../../shared/errors.ts";
import { retry, type TransientError } from "../../shared/retry.ts";
import { httpRequest, type HttpResponse } from "./http-request.ts";
import { keyPath, type S3Location } from "./s3-location.ts";
import type { Report } from "./source-report.ts";

/** Options of `s3Store`. */
interface S3StoreOptions {
  location: S3Location;
  /** Called for each request, since they may be exchanged; null: unsigned access alone. */
  credentials?: () => AwsCredentials | null;
  /** Sign the first request already, where there are credentials; false by default. */
  signFirst?: boolean;
  /** Bound of one try, milliseconds; 10,000 by default. */
  timeoutMs?: number;
  /** Tries of one request; 4 by default. */
  attempts?: number;
  /** Pause after the first failure, milliseconds; as in `retry`. */
  pauseMs?: number;
  report?: Report | undefined;
}

/** Reads the objects below a location. */
export interface ObjectStore {
  /** `s3://bucket/prefix` */
  readonly name: string;
  /**
   * An object's bytes; null when there is none.
   * @param limit bound of its size, bytes
   * @throws WalletError SOURCE_UNAVAILABLE
   */
  get(key: string, limit: number, signal: AbortSignal): Promise<Buffer | null>;
  /** Keys after `after` in the order of their bytes, at most `most`. @throws WalletError SOURCE_UNAVAILABLE */
  list(after: string, most: number, signal: AbortSignal): Promise<string[]>;
}

const LISTING_BYTES = 4 * 1024 * 1024;

const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);
const LAST_CODE_POINT = 0x10ffff;

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string, decimal: string, name: string) => {
    if (name !== undefined) return NAMED.get(name) ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : whole;
  });
}

function elementsNamed(name: string, xml: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map((match) => unescapeXml(match[1]!));
}

/** A whole listing: a page of a proxy or half a response would otherwise look like an empty bucket. */
const LISTING = /^\s*(?:<\?xml[^>]*>\s*)?<ListBucketResult[\s>][^]*<\/ListBucketResult>\s*$/;

function isRefused({ status }: HttpResponse): boolean {
  // R2 answers 400 to a request without a signature.
  return status === 400 || status === 401 || status === 403;
}

/**
 * Reads objects of an S3 bucket by plain HTTP. It begins unsigned, which is all that a public lake needs, and all that it may grant
 * to a role of another account; once that is refused, and there are credentials, requests are signed (Signature Version 4), if
 * that helps. With `signFirst` it is the other way round.
 */
export function s3Store(options: S3StoreOptions): ObjectStore {
  const { location, credentials = () => null, timeoutMs = 10_000, attempts = 4, pauseMs = 200, report } = options;
  const name = `s3://${location.bucket}/${location.root}`.replace(/\/$/, "");
  let signing = options.signFirst ?? false;

  async function signature(url: string, known: AwsCredentials): Promise<Record<string, string>> {
    const signed = await new AwsV4Signer({ url, ...known, service: "s3", region: location.region }).sign();
    return Object.fromEntries(signed.headers);
  }

  async function send(url: string, limit: number, signal: AbortSignal): Promise<HttpResponse> {
    const known = credentials();
    const sendAs = async (signed: boolean): Promise<HttpResponse> =>
      httpRequest(url, { headers: signed && known ? await signature(url, known) : {}, timeoutMs, limit, signal });
    const response = await sendAs(signing);
    if (!known || !isRefused(response)) return response;
    const other = await sendAs(!signing);
    if (isRefused(other)) return signing ? response : other;
    signing = !signing;
    return other;
  }

  function unavailable(what: string, reason: string, cause?: unknown): WalletError {
    return new WalletError(
      "SOURCE_UNAVAILABLE",
      `${what} cannot be read: ${reason}. Check DATASTORE_BUCKET_PATH, DATASTORE_REGION and the access to the bucket; the next invocation tries again.`,
      { source: name },
      { cause },
    );
  }

  /** Why S3 says no, for people. */
  function refusal({ status, headers, body }: HttpResponse): string {
    const text = body.toString();
    const [code = ""] = elementsNamed("Code", text);
    const region = headers.get("x-amz-bucket-region");
    if (region !== null && region !== location.region) return `the bucket is in the region ${region}, not ${location.region}`;
    if (status === 401 || status === 403) {
      const how = credentials() ? "these credentials" : "anonymous access";
      return `S3 refuses ${how} (${code || status}). A missing object looks so too where s3:ListBucket is not granted`;
    }
    return `HTTP status ${status} ${code}`.trimEnd();
  }

  async function request(what: string, url: string, limit: number, signal: AbortSignal): Promise<HttpResponse> {
    const onRetry = (error: TransientError): void => report?.({ type: "retry", source: name, reason: error.message });
    try {
      return await retry(() => send(url, limit, signal), { signal, attempts, pauseMs, onRetry });
    } catch (error) {
      if (signal.aborted) throw error;
      throw unavailable(what, error instanceof Error ? error.message : String(error), error);
    }
  }

  return {
    name,
    async get(key, limit, signal) {
      const what = `s3://${location.bucket}/${location.root}${key}`;
      const response = await request(what, `${location.url}/${keyPath(location.root + key)}`, limit, signal);
      if (response.status === 200) return response.body;
      if (response.status === 404 && !elementsNamed("Code", response.body.toString()).includes("NoSuchBucket")) return null;
      throw unavailable(what, refusal(response));
    },
    async list(after, most, signal) {
      const query = new URLSearchParams({ "list-type": "2", "max-keys": String(most), prefix: location.root });
      if (after !== "") query.set("start-after", location.root + after);
      const response = await request(name, `${location.url}/?${query.toString().replaceAll("+", "%20")}`, LISTING_BYTES, signal);
      if (response.status !== 200) throw unavailable(name, refusal(response));
      const text = response.body.toString();
      const keys = elementsNamed("Key", text);
      if (!LISTING.test(text) || !keys.every((key) => key.startsWith(location.root)))
        throw unavailable(name, "the response to a listing is none of S3's");
      return keys.map((key) => key.slice(location.root.length));
    },
  };
}
