import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../../bin/simulated-network/keys.ts";
import { codeVerdict } from "../../functions/ingest/code/code-verdict.ts";
import { verdictText } from "../../functions/ingest/verify/code-verdict.ts";
import type { ContractFunction } from "../../functions/shared/columns/contract-functions.ts";
import { contractModule, customSection, moduleOf, section, SEP41_FUNCTIONS, sep50Functions, specOf } from "../fixtures/contract-modules.ts";

const NESTED = ["f(a: Map<Symbol, Vec<(u32, Option<BytesN<32>>)>>, b: Result<(), MyError>) -> Option<MyStruct>", "g() -> ()"];
const MODULES = [
  contractModule([...SEP41_FUNCTIONS, ...NESTED]),
  contractModule([...sep50Functions("u128"), ...NESTED]),
  moduleOf([
    section(1, Buffer.alloc(200, 0x60)),
    customSection("contractenvmetav0", Buffer.alloc(12)),
    customSection("contractspecv0", specOf(NESTED)),
    customSection("contractspecv0", specOf(SEP41_FUNCTIONS)),
    section(10, Buffer.alloc(2_000, 0x0b)),
  ]),
];

/** Numbers from a seed, each below its bound. */
function random(seed: string): (bound: number) => number {
  let block = sha256(seed);
  let at = 0;
  return (bound) => {
    if (at === block.length) [block, at] = [sha256(block.toString("hex")), 0];
    const value = block.readUInt32BE(at);
    at += 4;
    return value % bound;
  };
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];
const WORDS = [0, 1, 2, 12, 13, 20, 1000, 1001, 1002, 1004, 1005, 1006, 2000, 0x7fffffff, 0x80000000, 0xffffffff];

function mutated(module: Buffer, next: (bound: number) => number): Buffer {
  let bytes = Buffer.from(module);
  for (let changes = 1 + next(4); changes > 0; changes--) {
    const at = next(bytes.length);
    const length = Math.min(next(64), bytes.length - at);
    switch (next(7)) {
      case 0:
        bytes[at] = EXTREMES[next(EXTREMES.length)]!;
        break;
      case 1:
        bytes[at]! ^= 1 << next(8);
        break;
      case 2:
        if (bytes.length >= 4) bytes.writeUInt32BE(WORDS[next(WORDS.length)]!, Math.max(0, Math.min(at, bytes.length - 4)));
        break;
      case 3:
        bytes = bytes.subarray(0, Math.max(1, at));
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      default:
        bytes = Buffer.concat([bytes, bytes.subarray(at, at + length)]);
    }
    if (bytes.length === 0) break;
  }
  return bytes;
}

/** Is the specification what changes, within its section? Half of the time, so that not all is refused for its sections. */
function mutatedSpec(next: (bound: number) => number): Buffer {
  const spec = mutated(specOf([...SEP41_FUNCTIONS, ...NESTED]), next);
  return moduleOf([customSection("contractspecv0", spec.subarray(0, spec.length & ~3))]);
}

test("damaged modules have a verdict, and the check of verify says the same", () => {
  const next = random("mutated modules");
  const kinds = new Map<string, number>();
  let read = 0;
  for (let i = 0; i < 5_000; i++) {
    const module = i % 2 === 0 ? mutated(MODULES[next(MODULES.length)]!, next) : mutatedSpec(next);
    const { kind, protocolId, functions } = codeVerdict(module);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const parsed = JSON.parse(functions) as ContractFunction[];
    if (parsed.length > 0) read++;
    assert.ok(!functions.includes("\\u0000"));
    assert.equal([kind, protocolId, functions].join(" "), verdictText(module), module.toString("hex"));
  }
  // The damage must not be all that is seen.
  assert.ok(
    read > 200 && kinds.get("SEP41")! > 50 && kinds.get("SEP50")! > 10 && kinds.get("NONE")! > 3_000,
    JSON.stringify([read, ...kinds]),
  );
});

test("random bytes behind a module's header have a verdict", () => {
  const next = random("random modules");
  for (let i = 0; i < 2_000; i++) {
    const bytes = Buffer.from(Array.from({ length: next(300) }, () => next(256)));
    const spec = i % 2 === 0 ? moduleOf([bytes]) : moduleOf([customSection("contractspecv0", bytes)]);
    const { kind, protocolId, functions } = codeVerdict(spec);
    assert.equal(`${kind} ${protocolId ?? ""} ${functions}`, verdictText(spec));
  }
});
