import assert from "node:assert/strict";
import { contract } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import type { ContractFunction } from "../../functions/shared/columns/contract-functions.ts";
import { coreLedgers, indexedLedgers } from "../fixtures/golden-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { sharedTest } from "../fixtures/shared.ts";

/** A type as the SDK's decoder has it. */
interface SdkType {
  type: string;
  [member: string]: unknown;
}

const WORDS: Record<string, string> = { Void: "()", Bool: "bool" };

/** A type as contracts write it, from what the SDK decodes. */
function text(type: SdkType): string {
  const kind = type.type.replace("scSpecType", "");
  const list = (...of: unknown[]): string => of.map((member) => text(member as SdkType)).join(", ");
  switch (kind) {
    case "Option":
      return `Option<${list((type.option as { valueType: unknown }).valueType)}>`;
    case "Vec":
      return `Vec<${list((type.vec as { elementType: unknown }).elementType)}>`;
    case "Map": {
      const { keyType, valueType } = type.map as { keyType: unknown; valueType: unknown };
      return `Map<${list(keyType, valueType)}>`;
    }
    case "Result": {
      const { okType, errorType } = type.result as { okType: unknown; errorType: unknown };
      return `Result<${list(okType, errorType)}>`;
    }
    case "Tuple": {
      const { valueTypes } = type.tuple as { valueTypes: unknown[] };
      return `(${list(...valueTypes)}${valueTypes.length === 1 ? "," : ""})`;
    }
    case "BytesN":
      return `BytesN<${(type.bytesN as { n: number }).n}>`;
    case "Udt":
      return String((type.udt as { name: unknown }).name);
    default:
      return WORDS[kind] ?? (/^[UI](32|64|128)$/.test(kind) ? kind.toLowerCase() : kind);
  }
}

/** The functions of code as the SDK reads them; none where it cannot. */
function sdkFunctions(code: Uint8Array): ContractFunction[] {
  let entries: xdr.ScSpecEntry[];
  try {
    ({ entries } = contract.Spec.fromWasm(Buffer.from(code)));
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.type === "scSpecEntryFunctionV0")
    .map(({ functionV0: { name, inputs, outputs } }) => ({
      name: String(name),
      inputs: inputs.map((input) => ({ name: String(input.name), type: text(input.type as unknown as SdkType) })),
      outputs: outputs.map((output) => text(output as unknown as SdkType)),
    }));
}

const SEP41 = new Set([
  "allowance(Address,Address):i128",
  "approve(Address,Address,i128,u32):",
  "balance(Address):i128",
  "burn(Address,i128):",
  "burn_from(Address,Address,i128):",
  "decimals():u32",
  "name():String",
  "symbol():String",
  "transfer(Address,Address,i128):",
  "transfer_from(Address,Address,Address,i128):",
]);

function isSep41(functions: readonly ContractFunction[]): boolean {
  const found = functions.map(({ name, inputs, outputs }) => {
    const types = inputs.map(({ type }, i) => (name === "transfer" && i === 1 && type === "MuxedAddress" ? "Address" : type));
    return `${name}(${types.join()}):${outputs.join().replace("()", "")}`;
  });
  return [...SEP41].every((signature) => found.includes(signature));
}

/** Code that a ledger shows, by its hash, as the SDK reads the ledger. */
function uploads(bytes: Uint8Array): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
    if (value instanceof xdr.ContractCodeEntry) {
      found.set(Buffer.from(value.hash.toXdr()).toString("hex"), value.code);
      return;
    }
    for (const member of Array.isArray(value) ? value : Object.values(value)) visit(member);
  };
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  visit(meta);
  return found;
}

sharedTest("what code is equals what the SDK's decoder makes of it, for all code in the shared ledgers", () => {
  const indexers = new Map<string, Indexer>();
  /** By hash. */
  const known = new Map<string, ContractFunction[]>();
  let shown = 0;
  for (const { passphrase, bytes, name } of [...indexedLedgers(), ...coreLedgers()]) {
    // Code is a module: most ledgers have none.
    if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes("\0asm") && !name.startsWith("synthetic")) continue;
    let indexer = indexers.get(passphrase);
    if (!indexer) indexers.set(passphrase, (indexer = createIndexer(passphrase)));
    const ledger = openLedger(bytes);
    const rows: LedgerRows = indexer.index(ledger);
    ledger.close();
    for (const { wasmHash, kind, functions } of rows.protocolWasms) {
      shown++;
      const hash = Buffer.from(wasmHash).toString("hex");
      // The same bytes every time.
      const expected = known.get(hash) ?? sdkFunctions(uploads(bytes).get(hash)!);
      assert.deepEqual(JSON.parse(functions), expected, `${name}: ${hash}`);
      assert.equal(kind === "SEP41", isSep41(expected), `${name}: ${hash}`);
      known.set(hash, expected);
    }
  }
  assert.ok(shown > 1_600, String(shown));
  assert.equal([...known.values()].filter((functions) => functions.length > 0).length, 14);
});
