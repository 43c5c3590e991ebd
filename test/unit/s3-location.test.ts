import assert from "node:assert/strict";
import { test } from "node:test";
import { keyPath, s3Location } from "../../functions/ingest/source/s3-location.ts";

const url = (...args: Parameters<typeof s3Location>): string => s3Location(...args).url;

test("on AWS a bucket is a host, or a path where its name has dots", () => {
  assert.equal(url("aws-public-blockchain/v1.1/ledgers"), "https://aws-public-blockchain.s3.us-east-2.amazonaws.com");
  assert.equal(url("bucket/x", "eu-west-1"), "https://bucket.s3.eu-west-1.amazonaws.com");
  assert.equal(url("bucket/x", "cn-north-1"), "https://bucket.s3.cn-north-1.amazonaws.com.cn");
  assert.equal(url("my.bucket/x", "eu-west-1"), "https://s3.eu-west-1.amazonaws.com/my.bucket");
});

test("at another server a bucket is a path, or takes the place of {bucket}", () => {
  assert.equal(url("bucket/x", "auto", "http://127.0.0.1:9000/"), "http://127.0.0.1:9000/bucket");
  assert.equal(url("bucket/x", "auto", "https://host/base"), "https://host/base/bucket");
  assert.equal(url("bucket/x", "auto", "https://{bucket}.host:9000"), "https://bucket.host:9000");
});

test("the root is the path below the bucket", () => {
  const root = (path: string): string => s3Location(path).root;
  assert.deepEqual([root("bucket"), root("bucket/"), root("bucket/a/b"), root("s3://bucket/a//b/")], ["", "", "a/b/", "a/b/"]);
});

test("settings that name no location are refused", () => {
  for (const path of ["", "/", "/x", "UPPER/x", "a/x", "b_c/x", "https://bucket/x"]) {
    assert.throws(() => s3Location(path), { code: "CONFIG_INVALID", message: /DATASTORE_BUCKET_PATH/ }, path);
  }
  assert.throws(() => s3Location("bucket/x", "eu west"), { code: "CONFIG_INVALID", message: /DATASTORE_REGION/ });
  for (const endpoint of ["host:9000", "nonsense", "ftp://host"]) {
    assert.throws(() => s3Location("bucket/x", "auto", endpoint), { code: "CONFIG_INVALID", message: /DATASTORE_ENDPOINT_URL/ });
  }
});

test("a key keeps its slashes and escapes what a signature escapes", () => {
  assert.equal(
    keyPath("v1.1/FC2F6BFF--64001024-64001087/a b+c(1)'!*é"),
    "v1.1/FC2F6BFF--64001024-64001087/a%20b%2Bc%281%29%27%21%2A%C3%A9",
  );
});
