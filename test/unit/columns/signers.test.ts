import assert from "node:assert/strict";
import { test } from "node:test";
import { packSigners, readSigners, type PackedSigner } from "../../../functions/shared/columns/signers.ts";
import { NEW_THRESHOLDS, readThresholds } from "../../../functions/shared/columns/thresholds.ts";

const key = (version: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i === 0 ? version : i));

test("signers come back as they were packed", () => {
  const signers: PackedSigner[] = [
    { key: key(48, 33), weight: 0, sponsor: null },
    { key: key(152, 33), weight: 255, sponsor: key(48, 33) },
    { key: key(120, 101), weight: 4_294_967_295, sponsor: key(48, 33) },
    { key: key(184, 33), weight: 1, sponsor: null },
  ];
  const packed = packSigners(signers)!;
  assert.deepEqual(
    readSigners(Buffer.from(packed)).map((signer) => ({
      ...signer,
      key: new Uint8Array(signer.key),
      sponsor: signer.sponsor && new Uint8Array(signer.sponsor),
    })),
    signers,
  );
  assert.equal(packed.length, 4 * 6 + 33 + 33 + 33 + 101 + 33 + 33);
});

test("without signers there are no bytes", () => {
  assert.equal(packSigners([]), null);
  assert.deepEqual(readSigners(Buffer.alloc(0)), []);
});

test("a key is found by its length and bytes, and a sponsor is no key", () => {
  const [signer, sponsor] = [key(48, 33), Uint8Array.from(key(48, 33)).reverse()];
  const packed = Buffer.from(packSigners([{ key: signer, weight: 1, sponsor }])!);
  const found = (bytes: Uint8Array): boolean => packed.includes(Buffer.concat([Buffer.of(bytes.length), bytes]));
  assert.deepEqual([found(signer), found(sponsor)], [true, false]);
});

test("thresholds are the four bytes, whatever the sign", () => {
  assert.deepEqual(readThresholds(NEW_THRESHOLDS), { masterWeight: 1, low: 0, medium: 0, high: 0 });
  const packed = Buffer.of(255, 1, 2, 254);
  for (const number of [packed.readInt32BE(), packed.readUInt32BE()])
    assert.deepEqual(readThresholds(number), { masterWeight: 255, low: 1, medium: 2, high: 254 });
});
