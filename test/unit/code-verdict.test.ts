import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { codeVerdict } from "../../functions/ingest/code/code-verdict.ts";
import { MAX_FUNCTIONS_LENGTH, type ContractFunction } from "../../functions/shared/columns/contract-functions.ts";
import {
  contractModule,
  customSection,
  functionOf,
  moduleOf,
  PLAIN_TYPES,
  section,
  SEP41_FUNCTIONS,
  sep50Functions,
  specOf,
  typeOf,
  WASM_HEADER,
} from "../fixtures/contract-modules.ts";

const SPEC = "contractspecv0";

function kindOf(functions: readonly string[]): string {
  return codeVerdict(contractModule(functions)).kind;
}

function isTokenOfPeer(functions: readonly string[]): boolean {
  return codeVerdict(contractModule(functions)).protocolId === "SEP41";
}

function functionsOf(module: Uint8Array): ContractFunction[] {
  return JSON.parse(codeVerdict(module).functions) as ContractFunction[];
}

/** The list with the function of a name replaced. */
function withFunction(functions: readonly string[], text: string): string[] {
  const name = text.slice(0, text.indexOf("("));
  return functions.map((other) => (other.startsWith(`${name}(`) ? text : other));
}

/** The example token in stellar/soroban-examples, since muxed addresses. */
const EXAMPLE = [
  "__constructor(admin: Address, decimal: u32, name: String, symbol: String)",
  "mint(to: Address, amount: i128)",
  "set_admin(new_admin: Address)",
  "get_allowance(from: Address, spender: Address) -> Option<AllowanceValue>",
  ...withFunction(
    withFunction(SEP41_FUNCTIONS, "approve(from: Address, spender: Address, amount: i128, expiration_ledger: u32)"),
    "transfer(from: Address, to_muxed: MuxedAddress, amount: i128)",
  ),
];
/** The same before. */
const OLD_EXAMPLE = withFunction(EXAMPLE, "transfer(from: Address, to: Address, amount: i128)");
/** OpenZeppelin's fungible token with its extension for burning. */
const OPEN_ZEPPELIN = [
  "total_supply() -> i128",
  "balance(account: Address) -> i128",
  "allowance(owner: Address, spender: Address) -> i128",
  "transfer(from: Address, to: MuxedAddress, amount: i128)",
  "transfer_from(spender: Address, from: Address, to: Address, amount: i128)",
  "approve(owner: Address, spender: Address, amount: i128, live_until_ledger: u32)",
  "decimals() -> u32",
  "name() -> String",
  "symbol() -> String",
  "burn(from: Address, amount: i128)",
  "burn_from(spender: Address, from: Address, amount: i128)",
  "pause(caller: Address)",
];

test("a token has all functions of SEP-41, whatever its parameters are called and whatever else it has", () => {
  for (const functions of [SEP41_FUNCTIONS, EXAMPLE, OLD_EXAMPLE, OPEN_ZEPPELIN]) assert.equal(kindOf(functions), "SEP41");
  assert.equal(kindOf([...SEP41_FUNCTIONS].reverse()), "SEP41");
  const unnamed = SEP41_FUNCTIONS.map((text) => text.replaceAll(/\w+: /g, ": "));
  assert.equal(kindOf(unnamed), "SEP41", unnamed.join());
});

test("the reference implementation's rule asks for its names of parameters", () => {
  assert.deepEqual([EXAMPLE, OLD_EXAMPLE].map(isTokenOfPeer), [true, true]);
  assert.deepEqual([SEP41_FUNCTIONS, OPEN_ZEPPELIN].map(isTokenOfPeer), [false, false]);
  assert.ok(isTokenOfPeer([...EXAMPLE, "transfer(a: u32)"]), "one of two may fit");
  for (const text of OLD_EXAMPLE.slice(4).filter((other) => other.includes(": ")))
    assert.ok(!isTokenOfPeer(withFunction(OLD_EXAMPLE, text.replace(/(\w+): /, "x$1: "))), text);
});

test("a function that says it gives nothing is one that gives nothing", () => {
  for (const name of ["approve", "transfer", "transfer_from", "burn", "burn_from"]) {
    const text = SEP41_FUNCTIONS.find((other) => other.startsWith(`${name}(`))!;
    assert.equal(kindOf(withFunction(SEP41_FUNCTIONS, `${text} -> ()`)), "SEP41", name);
    assert.equal(kindOf(withFunction(SEP41_FUNCTIONS, `${text} -> bool`)), "NONE", name);
    assert.equal(kindOf(withFunction(SEP41_FUNCTIONS, `${text} -> Result<(), Error>`)), "NONE", name);
    assert.ok(!isTokenOfPeer(withFunction(OLD_EXAMPLE, `${OLD_EXAMPLE.find((other) => other.startsWith(`${name}(`))} -> ()`)), name);
  }
});

for (const [interfaceName, functions] of [
  ["SEP41", SEP41_FUNCTIONS],
  ["SEP50", sep50Functions("u32")],
] as const) {
  test(`without any one of its functions, or with another type anywhere, a contract is no ${interfaceName}`, () => {
    let tried = 0;
    const isNone = (list: readonly string[], what: string): void => {
      assert.equal(kindOf(list), "NONE", what);
      tried++;
    };
    assert.equal(kindOf(functions), interfaceName);
    for (const text of functions) {
      isNone(
        functions.filter((other) => other !== text),
        `without ${text}`,
      );
      isNone(
        functions.map((other) => (other === text ? text.replace("(", "2(") : other)),
        `another name: ${text}`,
      );
      isNone([...functions, text], `twice: ${text}`);
      isNone([...functions, text.replace("(", "(extra: u32, ")], `twice, differently: ${text}`);
      isNone(withFunction(functions, text.replace("(", "(extra: u32, ").replace(", )", ")")), `one more: ${text}`);
      const [, name, list, output] = /^(\w+)\((.*?)\)(?: -> (.*))?$/.exec(text)!;
      const inputs = list === "" ? [] : list!.split(", ");
      const write = (changed: readonly string[], result: string | undefined): string =>
        `${name}(${changed.join(", ")})${result === undefined ? "" : ` -> ${result}`}`;
      inputs.forEach((input, i) => {
        const [parameter, type] = input.split(": ") as [string, string];
        for (const other of [...PLAIN_TYPES, `Option<${type}>`, `Vec<${type}>`, `(${type})`, "BytesN<32>", "TokenId"]) {
          const mayBeEither = interfaceName === "SEP41" && name === "transfer" && i === 1 && ["Address", "MuxedAddress"].includes(other);
          if (other === type || mayBeEither) continue;
          isNone(withFunction(functions, write(inputs.with(i, `${parameter}: ${other}`), output)), `${text}: ${other}`);
        }
        isNone(withFunction(functions, write(inputs.toSpliced(i, 1), output)), `without ${input}: ${text}`);
        const swapped = inputs.with(i, inputs.at(i - 1)!).with(i - 1, input);
        if (swapped.map((part) => part.split(": ")[1]).join() !== inputs.map((part) => part.split(": ")[1]).join())
          isNone(withFunction(functions, write(swapped, output)), `swapped: ${text}`);
      });
      if (output !== undefined) {
        for (const other of [undefined, ...PLAIN_TYPES, `Option<${output}>`, "Option<u32>", "Result<u32, Error>", "BytesN<32>"]) {
          const isAnyNumber = interfaceName === "SEP50" && name === "balance" && /^[uU]\d+$/.test(other ?? "");
          if (other === output || isAnyNumber) continue;
          isNone(withFunction(functions, write(inputs, other)), `${text}: gives ${other}`);
        }
      }
    }
    assert.ok(tried > 300, String(tried));
  });
}

test("the ids of tokens that are not fungible have one unsigned type, which the standard leaves open", () => {
  for (const id of ["u32", "u64", "u128", "U256"]) {
    assert.equal(kindOf(sep50Functions(id)), "SEP50");
    assert.equal(
      kindOf(withFunction(sep50Functions(id), "balance(owner: Address) -> u32")),
      "SEP50",
      "numbers may have a type of their own",
    );
  }
  for (const id of ["i128", "i32", "i64", "I256", "BytesN<32>", "Symbol", "TokenId"]) assert.equal(kindOf(sep50Functions(id)), "NONE", id);
  assert.equal(kindOf(withFunction(sep50Functions("u64"), "owner_of(token_id: u32) -> Address")), "NONE");
});

test("types are told as contracts write them", () => {
  const types = [
    ...PLAIN_TYPES,
    "Option<u32>",
    "Vec<Address>",
    "Map<Symbol, i128>",
    "Result<Vec<(u32, Address)>, MyError>",
    "BytesN<32>",
    "BytesN<4294967295>",
    "MyStruct",
    "(u32,)",
    "(Map<u32, Option<BytesN<20>>>, ())",
  ];
  const functions = types.map((type, i) => `f${i}(a: ${type}) -> ${type}`.replaceAll(",)", ")"));
  const found = functionsOf(moduleOf([customSection(SPEC, specOf(functions.map((text) => text.replaceAll("()", "()"))))]));
  assert.deepEqual(
    found,
    types.map((type, i) => ({ name: `f${i}`, inputs: [{ name: "a", type }], outputs: [type] })),
  );
});

test("names that are no UTF-8, or have a NUL, can be stored", () => {
  const raw = (bytes: string): never => Buffer.from(bytes, "latin1") as unknown as never;
  const input = new xdr.ScSpecFunctionInputV0({ doc: raw("\xff"), name: raw("a\0\xffb"), type: typeOf("u32") });
  const output = xdr.ScSpecTypeDef.scSpecTypeUdt(new xdr.ScSpecTypeUdt({ name: raw("\xed\xa0\x80\0") }));
  const entry = xdr.ScSpecEntry.scSpecEntryFunctionV0(
    new xdr.ScSpecFunctionV0({ doc: raw("\0"), name: raw('"\xc3\xa9\0'), inputs: [input], outputs: [output] }),
  );
  assert.deepEqual(functionsOf(moduleOf([customSection(SPEC, entry.toXdr())])), [
    { name: '"é\uFFFD', inputs: [{ name: "a\uFFFD\uFFFDb", type: "u32" }], outputs: ["\uFFFD\uFFFD\uFFFD\uFFFD"] },
  ]);
});

test("a type of the contract's own that is called like another is none of it", () => {
  const udt = (type: string): xdr.ScSpecTypeDef => xdr.ScSpecTypeDef.scSpecTypeUdt(new xdr.ScSpecTypeUdt({ name: type }));
  const balance = xdr.ScSpecEntry.scSpecEntryFunctionV0(
    new xdr.ScSpecFunctionV0({
      doc: "",
      name: "balance",
      inputs: [new xdr.ScSpecFunctionInputV0({ doc: "", name: "id", type: udt("Address") })],
      outputs: [typeOf("i128")],
    }),
  );
  const rest = specOf(OLD_EXAMPLE.filter((text) => !text.startsWith("balance(")));
  const verdict = codeVerdict(moduleOf([customSection(SPEC, Buffer.concat([balance.toXdr(), rest]))]));
  assert.deepEqual([verdict.kind, verdict.protocolId], ["NONE", null]);
});

test("the specification is the first section of its name, among any others", () => {
  const code = section(10, Buffer.alloc(300, 7));
  const other = customSection("contractenvmetav0", Buffer.from("contractspecv0"));
  const [token, none] = [customSection(SPEC, specOf(SEP41_FUNCTIONS)), customSection(SPEC, specOf(["f()"]))];
  assert.equal(codeVerdict(moduleOf([code, other, token, none, code])).kind, "SEP41");
  assert.equal(codeVerdict(moduleOf([code, other, none, token])).kind, "NONE");
  assert.equal(codeVerdict(moduleOf([customSection("contractspecv01", specOf(SEP41_FUNCTIONS)), token])).kind, "SEP41");
  // A number may be written longer than it must, up to five bytes.
  const padded = Buffer.concat([Buffer.of(0), Buffer.from([0x83, 0x80, 0x80, 0x80, 0x00]), Buffer.from([0x82, 0x00]), Buffer.from("x")]);
  assert.equal(codeVerdict(moduleOf([padded, token])).kind, "NONE", "the name is longer than its section");
  const sound = Buffer.concat([Buffer.of(0), Buffer.from([0x84, 0x80, 0x80, 0x80, 0x00]), Buffer.from([0x82, 0x00]), Buffer.from("xy")]);
  assert.equal(codeVerdict(moduleOf([sound, token])).kind, "SEP41");
});

test("bytes that are no whole module, or no whole specification, are no token and have no functions", () => {
  const spec = specOf(SEP41_FUNCTIONS);
  const module = contractModule(SEP41_FUNCTIONS);
  const nothing = { kind: "NONE", protocolId: null, functions: "[]" };
  const event = Buffer.from("00000006", "hex");
  for (const [what, bytes] of Object.entries({
    nothing: Buffer.alloc(0),
    "another version": Buffer.concat([Buffer.from("0061736d02000000", "hex"), module.subarray(8)]),
    "a header alone": WASM_HEADER,
    "a byte missing": module.subarray(0, -1),
    "a byte more": Buffer.concat([module, Buffer.of(0)]),
    "a size without end": Buffer.concat([WASM_HEADER, Buffer.from("00ffffffffff", "hex")]),
    "a size of more than 32 bits": Buffer.concat([WASM_HEADER, Buffer.from("00ffffffff7f", "hex")]),
    "an odd length": moduleOf([customSection(SPEC, Buffer.concat([spec, Buffer.of(0)]))]),
    "an entry of no kind": moduleOf([customSection(SPEC, Buffer.concat([spec, event]))]),
    "half an entry": moduleOf([customSection(SPEC, spec.subarray(0, -4))]),
    "too many entries": moduleOf([customSection(SPEC, Buffer.concat(Array<Buffer>(1_001).fill(spec)))]),
    "a specification of 2 MiB": moduleOf([customSection(SPEC, Buffer.concat(Array<Buffer>(3_000).fill(spec)))]),
  }))
    assert.deepEqual(codeVerdict(bytes), nothing, what);
  const most = moduleOf([
    customSection(SPEC, Buffer.concat([spec, Buffer.concat(Array<Uint8Array>(9_990).fill(functionOf("f()").toXdr()))])),
  ]);
  assert.equal(codeVerdict(most).kind, "SEP41", "as many entries as there may be");
});

test("types that are nested deeper than the reader goes are not understood", () => {
  const nested = (levels: number): Uint8Array => {
    const f = functionOf("f(a: u32)").toXdr();
    const deep = Buffer.concat([
      f.subarray(0, -8),
      Buffer.concat(Array<Buffer>(levels).fill(Buffer.from("000003e8", "hex"))),
      f.subarray(-8),
    ]);
    return moduleOf([customSection(SPEC, deep)]);
  };
  assert.match(codeVerdict(nested(299)).functions, /"type":"(Option<){299}u32>{299}"/);
  for (const levels of [301, 5_000, 30_000]) assert.equal(codeVerdict(nested(levels)).functions, "[]", String(levels));
});

test("of very many functions those are told that fit; the verdict knows them all", () => {
  const many = Array.from({ length: 2_000 }, (_, i) => `f${i}(a: MuxedAddress, b: MuxedAddress)`);
  const module = contractModule([...many, ...SEP41_FUNCTIONS]);
  const { kind, functions } = codeVerdict(module);
  assert.equal(kind, "SEP41");
  assert.ok(functions.length <= MAX_FUNCTIONS_LENGTH && functions.length > MAX_FUNCTIONS_LENGTH - 100);
  const names = functionsOf(module).map(({ name }) => name);
  assert.deepEqual(
    names,
    Array.from(names, (_, i) => `f${i}`),
  );
});
