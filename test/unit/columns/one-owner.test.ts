import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const room = join("functions", "shared", "columns");

/** An encoding, how code that does it by hand looks, and the files where it means something else. */
interface Owned {
  encoding: string;
  pattern: RegExp;
  elsewhere?: Record<string, string>;
}

const OWNED: Owned[] = [
  {
    encoding: "TOID",
    pattern: /<< ?12n?\b|>> ?12n?\b|\b4096n?\b|\b4095n?\b|\b0xfffn?\b/,
    elsewhere: {
      "functions/shared/strkey.ts": "the rest of a base32 buffer",
      "functions/ingest/source/ledger-frames.ts": "bytes of a header",
      "functions/ingest/source/long-strings.ts": "characters of a long string",
      "functions/migrate/scram-verifier.ts": "iterations",
      "functions/ingest/ledger/envelopes.ts": "bytes of a buffer",
      "functions/ingest/ledger/proven-header.ts": "bytes of a header",
    },
  },
  {
    encoding: "the ledger of a TOID",
    pattern: /(<<|>>) ?32n?\b|4294967296|0x1_?0000_?0000n?\b/,
    elsewhere: {
      "functions/shared/xdr/words.ts": "an XDR int64 from two words",
      "functions/ingest/persist/history.ts": "a time in two halves",
      "functions/ingest/invocation/take-over.ts": "the halves of an advisory lock's key",
      "bin/status/read-status.ts": "the halves of an advisory lock's key",
      "bin/simulated-network/operations.ts": "the first sequence number of an account",
    },
  },
  {
    encoding: "amounts with seven decimals",
    pattern: /padStart\((7|8), "0"\)|slice\(-7\)|slice\(0, -7\)|10_?000_?000n?\b|1e7\b|10 ?\*\* ?7/,
    elsewhere: {
      "functions/ingest/source/lake-names.ts": "a ledger's mark in hex",
      "bin/simulated-network/script.ts": "whole units that accounts begin with",
    },
  },
  {
    encoding: "account key",
    pattern: /readBigInt64BE|getBigInt64\(|sha256\(secret/,
    elsewhere: { "bin/bench/large-ledgers.ts": "a sequence number" },
  },
  { encoding: "hash prefix", pattern: /asIntN\(64, BigInt\(`0x/ },
  { encoding: "bytea", pattern: /\\\\x\$\{|\\\\\\\\x|`\\\\x/ },
  {
    encoding: "contract id",
    pattern: /ENVELOPE_TYPE_CONTRACT_ID|PREIMAGE_FROM_ASSET|length <= 4\b/,
  },
  { encoding: "asset", pattern: /\$\{code\}:\$\{issuer\}/ },
  {
    encoding: "flags",
    pattern: /\[\d+, "AUTH|AUTHORIZED = \d|CLAWBACK\w* = \d|: 64,/,
    elsewhere: { "bin/simulated-network/entries.ts": "flags of the trustlines that it makes" },
  },
  { encoding: "key_value", pattern: /\blive_until_ledger\?:/ },
  {
    encoding: "kinds of state changes",
    pattern: /^\s*\| "(BALANCE|SIGNER|FLAGS|DEBIT|CLEAR)"|"(BALANCE|SIGNER|FLAGS)\/[A-Z]+"/,
    elsewhere: { "bin/bench/heavy-account.ts": "the kind of all changes that it makes" },
  },
  { encoding: "result code of a transaction", pattern: /"TransactionResultCode(Tx\w+)?"/ },
  { encoding: "type of a token", pattern: /"SAC" \| "/ },
];

function sources(): string[] {
  return ["functions", "bin"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".generated.ts"))
      .map((name) => join(folder, name)),
  );
}

/** The lines of code that match, `file:line`; comments do not count. */
function matches(file: string, pattern: RegExp): string[] {
  return readFileSync(join(root, file), "utf8")
    .split("\n")
    .flatMap((line, i) => (!/^\s*(\/\/|\/?\*)/.test(line) && pattern.test(line) ? [`${file}:${i + 1}`] : []));
}

const files = sources();

for (const { encoding, pattern, elsewhere = {} } of OWNED) {
  test(`only functions/shared/columns encodes: ${encoding}`, () => {
    const found = files.filter((file) => !file.startsWith(room) && !(file in elsewhere)).flatMap((file) => matches(file, pattern));
    assert.deepEqual(found, []);
  });
}

test("no exception is out of date", () => {
  const stale = OWNED.flatMap(({ encoding, pattern, elsewhere = {} }) =>
    Object.keys(elsewhere)
      .filter((file) => !files.includes(file) || matches(file, pattern).length === 0)
      .map((file) => `${encoding}: ${file}`),
  );
  assert.deepEqual(stale, []);
});

test("each pattern sees what it is meant for", () => {
  const samples: Record<string, string[]> = {
    TOID: ["(tx.index << 12) >>> 0", "BigInt(id) & ~0xfffn", "k.id + 4096", "(k.id & ~4095::bigint)"],
    "the ledger of a TOID": ["BigInt(id) >> 32n", "(h.to_id >> 32)::integer", "${ledger}::bigint << 32"],
    "amounts with seven decimals": ['String(raw).padStart(8, "0")', "balance / 10_000_000n"],
    "account key": ["digest.readBigInt64BE(0).toString()", "select sha256(secret || ${address})"],
    "hash prefix": ["BigInt.asIntN(64, BigInt(`0x${hash.slice(0, 16)}`))"],
    bytea: ['`\\\\x${buffer.toString("hex")}`', '`"\\\\\\\\x${hex}"`'],
    "contract id": ["const ENVELOPE_TYPE_CONTRACT_ID = 8;", "code.length <= 4 ? 1 : 2"],
    asset: ["`${code}:${issuer}`"],
    flags: ['[2, "AUTH_REQUIRED"],', "const AUTHORIZED = 1;", "authorizedToMaintainLiabilities: 64,"],
    key_value: ["  live_until_ledger?: number;"],
    "kinds of state changes": ['  | "BALANCE"', 'numberOf("BALANCE/DEBIT")'],
    "result code of a transaction": ['new Set(["TransactionResultCodeTxSuccess"])'],
    "type of a token": ['type: "SAC" | "UNKNOWN";'],
  };
  for (const { encoding, pattern } of OWNED)
    for (const sample of samples[encoding]!) assert.match(sample, pattern, `${encoding}: ${sample}`);
});

/** The room and its folder of the packed history. */
const inRoom = files.filter((file) => file.startsWith(room));

test("the room imports nothing but itself, strkey and Node", () => {
  const imports = inRoom.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/from "([^"]+)"/g)].map((match) => ({
      from: match[1]!,
      to: match[1]!.startsWith(".") ? join(dirname(file), match[1]!) : match[1]!,
    })),
  );
  const foreign = imports.filter(
    ({ to }) => !inRoom.includes(to) && to !== join("functions", "shared", "strkey.ts") && !["node:crypto", "node:zlib"].includes(to),
  );
  assert.deepEqual(foreign, []);
});

test("every file of the room is used by ingest and by serve", () => {
  const users = (side: string): string[] =>
    files.filter((file) => file.startsWith(join("functions", side))).map((file) => readFileSync(join(root, file), "utf8"));
  const sides = { ingest: users("ingest"), serve: users("serve") };
  // Of one side: the other one knows it in SQL, or through another file of the room.
  const exceptions: Record<string, string> = {
    "balance-source.ts": "ingest writes it in SQL",
    "int32-at.ts": "halves of keys and prefixes",
    "key-value.ts": "serve has it as a member of state changes",
    "history/record.ts": "what the decoder gives serve",
    "history/byte-reader.ts": "below the decoders, which serve uses",
    "history/byte-writer.ts": "ingest writes",
    "history/payload-encoder.ts": "ingest writes",
    "history/created-balance.ts": "shared by encoder and decoder",
    "history/payload-decoder.ts": "serve reads",
    "history/codes.ts": "serve has it through the decoder",
  };
  const names = inRoom.map((file) => relative(room, file));
  const unused = names.flatMap((name) =>
    Object.entries(sides)
      .filter(([, texts]) => !texts.some((text) => text.includes(`/columns/${name}"`)))
      .map(([side]) => ({ name, side })),
  );
  assert.deepEqual([...new Set(unused.map(({ name }) => name))].sort(), Object.keys(exceptions).sort());
});
