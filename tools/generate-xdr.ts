/**
 * Writes functions/shared/xdr/xdr.generated.ts from the XDR schemas that the pinned Stellar SDK carries at run time: for
 * every type reachable from the roots a strict `skip…`, for every struct a shallow `read…`, for every enum its values.
 * `--check` compares instead of writing and exits 1 on a difference (an SDK bump is a regeneration and a review).
 */
import { readFileSync, writeFileSync } from "node:fs";
import * as xdr from "@stellar/stellar-sdk/xdr";

interface Schema {
  kind: string;
  name?: string;
  element?: Schema;
  maxLength?: number;
  length?: number;
  entries?: [string, Schema][];
  nameByValue?: Map<number, string>;
  switchOn?: Schema;
  cases?: { name: string; discriminant: number | boolean; arm: Arm }[];
  defaultArm?: Arm;
  getSchema?: () => Schema;
}
type Arm = Schema | { kind: "field"; name: string; schema: Schema };

const ROOTS = ["LedgerCloseMeta", "LedgerCloseMetaBatch", "LedgerKey", "ContractEvent", "ScSpecEntry"];
/**
 * Types whose values are large and skipped again and again, on the way to what stands behind them: their skip remembers where each
 * ends. By offset alone, so none of them may begin with another.
 */
const REMEMBERED = new Set([
  "ContractEvent",
  "LedgerEntryChange",
  "Operation",
  "OperationMeta",
  "OperationMetaV2",
  "Transaction",
  "TransactionEnvelope",
  "TransactionMeta",
  "TransactionResultMeta",
  "TransactionResultMetaV1",
]);
const UNBOUNDED = 4294967295;
const OUTPUT = new URL("../functions/shared/xdr/xdr.generated.ts", import.meta.url);

const schemas = new Map<string, Schema>();
const anonymous = new Map<Schema, string>();

function armSchema(arm: Arm): Schema {
  return arm.kind === "field" ? (arm as { schema: Schema }).schema : arm;
}

function children(schema: Schema): Schema[] {
  switch (schema.kind) {
    case "lazy":
      return [schema.getSchema!()];
    case "struct":
      return schema.entries!.map(([, field]) => field);
    case "union":
      return [...schema.cases!.map((c) => armSchema(c.arm)), ...(schema.defaultArm ? [armSchema(schema.defaultArm)] : [])];
    case "array":
    case "fixedArray":
    case "option":
      return [schema.element!];
    default:
      return [];
  }
}

function collect(schema: Schema): void {
  const named = schema.kind === "struct" || schema.kind === "union" || schema.kind === "enum";
  if (named) {
    const name = schema.name!;
    const known = schemas.get(name);
    if (known === schema) return;
    if (known) throw new Error(`two schemas are named ${name}`);
    schemas.set(name, schema);
    if (schema.kind === "union" && schema.switchOn!.kind === "enum") collect(schema.switchOn!);
  } else if (anonymous.has(schema)) return;
  else anonymous.set(schema, schema.kind);
  for (const child of children(schema)) collect(child);
}

for (const root of ROOTS) {
  const type = (xdr as unknown as Record<string, { schema: Schema }>)[root];
  if (!type) throw new Error(`the SDK has no type ${root}`);
  collect(type.schema);
}

/** Types that can contain themselves: their skip counts its depth, so that hostile input cannot exhaust the stack. */
const recursive = new Set<string>();
for (const [name, schema] of schemas) {
  const seen = new Set<Schema>();
  const walk = (s: Schema): boolean => children(s).some((c) => c === schema || (!seen.has(c) && (seen.add(c), walk(c))));
  if (walk(schema)) recursive.add(name);
}

/** Size in words where every value of the type has the same size and no value is refused; else null. */
function plainWords(schema: Schema): number | null {
  switch (schema.kind) {
    case "int32":
    case "uint32":
    case "float":
      return 1;
    case "int64":
    case "uint64":
    case "double":
      return 2;
    case "opaque":
      return schema.length! % 4 === 0 ? schema.length! / 4 : null;
    case "void":
      return 0;
    case "struct":
      return schema.entries!.reduce<number | null>((sum, [, field]) => {
        const words = plainWords(field);
        return sum === null || words === null ? null : sum + words;
      }, 0);
    case "fixedArray": {
      const words = plainWords(schema.element!);
      return words === null ? null : words * schema.length!;
    }
    default:
      return null;
  }
}

let label = 0;
/** Statements that move `p` over one value of the schema. `where` names the type in errors. */
function skip(schema: Schema, where: string): string {
  const words = plainWords(schema);
  if (words !== null) return words === 0 ? "" : `p += ${words};`;
  switch (schema.kind) {
    case "lazy":
      return skip(schema.getSchema!(), where);
    case "struct":
    case "union":
    case "enum":
      return `p = skip${schema.name}(x, p);`;
    case "bool":
      return `p = skipBool(x, p);`;
    case "opaque":
      return `p = skipFixedOpaque(x, p, ${schema.length});`;
    case "varOpaque":
    case "string":
      return schema.maxLength! >= UNBOUNDED ? `p = skipOpaque(x, p, ${UNBOUNDED});` : `p = skipOpaque(x, p, ${schema.maxLength});`;
    case "option": {
      return `if (skipBool(x, p++) && x[p - 1] === 1) {\n${skip(schema.element!, where)}\n}`;
    }
    case "array": {
      const n = `n${label++}`;
      const bound = schema.maxLength! >= UNBOUNDED ? "" : `if (${n} > ${schema.maxLength}) fail("${where}", p);\n`;
      const each = plainWords(schema.element!);
      const length = `const ${n} = count(x, p++, "${where}");\n${bound}`;
      if (each !== null) return `${length}p += ${n} * ${each};`;
      return `${length}for (let i = 0; i < ${n}; i++) {\n${skip(schema.element!, where)}\n}`;
    }
    case "fixedArray":
      return `for (let i = 0; i < ${schema.length}; i++) {\n${skip(schema.element!, where)}\n}`;
    default:
      throw new Error(`unknown schema kind ${schema.kind}`);
  }
}

function enumCheck(name: string, schema: Schema): string {
  const values = [...schema.nameByValue!.keys()].sort((a, b) => a - b);
  const low = values[0]!;
  const high = values.at(-1)!;
  const contiguous = high - low === values.length - 1;
  const test = contiguous ? `v >= ${low} && v <= ${high}` : values.map((v) => `v === ${v}`).join(" || ");
  return `export function skip${name}(x: Words, p: number): number {\nconst v = x[p] as number;\nif (!(${test})) fail("${name}", p);\nreturn p + 1;\n}`;
}

function unionSkip(name: string, schema: Schema): string {
  const arms = new Map<string, (number | boolean)[]>();
  for (const c of schema.cases!) {
    const body = skip(armSchema(c.arm), name);
    const values = arms.get(body) ?? [];
    arms.set(body, [...values, c.discriminant]);
  }
  const isEnum = schema.switchOn!.kind === "enum";
  let fallback = `return fail("${name}", p - 1);`;
  if (schema.defaultArm) {
    const known = isEnum ? `skip${schema.switchOn!.name}(x, p - 1);\n` : "";
    fallback = `${known}${skip(armSchema(schema.defaultArm), name)}\nbreak;`;
  }
  const cases = [...arms].map(
    ([body, values]) =>
      `${values.map((v) => `case ${Number(v)}:`).join("\n")}\n${body.startsWith("const") ? `{\n${body}\n}` : body}\nbreak;`,
  );
  return `switch (x[p++]) {\n${cases.join("\n")}\ndefault:\n${fallback}\n}`;
}

/** @throws Error when the value begins with one of a type that remembers its end as well, at the same offset */
function requireOwnStart(schema: Schema): void {
  const first = schema.kind === "struct" ? resolve(schema.entries![0]![1]) : null;
  if (!first) return;
  if (REMEMBERED.has(first.name ?? "")) throw new Error(`${schema.name} begins with ${first.name}: only one of them can remember its end`);
  requireOwnStart(first);
}

function skipFunction(name: string, schema: Schema): string {
  if (schema.kind === "enum") return enumCheck(name, schema);
  const body = schema.kind === "union" ? unionSkip(name, schema) : schema.entries!.map(([, field]) => skip(field, name)).join("\n");
  if (REMEMBERED.has(name)) {
    if (recursive.has(name)) throw new Error(`${name} can contain itself: its skip counts its depth and cannot remember its end`);
    requireOwnStart(schema);
    return `export function skip${name}(x: Words, p: number): number {\nconst end = knownEnd(x, p);\nif (end !== 0) return end;\nconst start = p;\n${body}\nreturn rememberEnd(x, start, p);\n}`;
  }
  const guarded = recursive.has(name) ? `enter(x, "${name}", p);\n${body}\nleave(x);` : body;
  return `export function skip${name}(${parameter(guarded)}: Words, p: number): number {\n${guarded}\nreturn p;\n}`;
}

function resolve(schema: Schema): Schema {
  return schema.kind === "lazy" ? resolve(schema.getSchema!()) : schema;
}

function typeName(schema: Schema): string {
  const s = resolve(schema);
  switch (s.kind) {
    case "array":
    case "fixedArray":
      return `${typeName(s.element!)}[]`;
    case "option":
      return `${typeName(s.element!)}?`;
    case "opaque":
      return `opaque[${s.length}]`;
    case "varOpaque":
    case "string":
      return s.kind;
    default:
      return s.name ?? s.kind;
  }
}

/** The name of the words' parameter: marked as unused where no statement reads it. */
function parameter(body: string): string {
  return /\bx\b/.test(body) ? "x" : "_x";
}

/** A field's name where it is no reserved word. */
function variable(field: string): string {
  return field === "function" || field === "switch" ? `${field}_` : field;
}

function readFunction(name: string, schema: Schema): string {
  const members: string[] = [];
  const steps: string[] = [];
  for (const [field, type] of schema.entries!) {
    const s = resolve(type);
    if (s.kind === "void") continue;
    const value =
      s.kind === "uint32" ? "x[p]! >>> 0" : s.kind === "int32" || s.kind === "enum" ? "x[p]!" : s.kind === "bool" ? "x[p] === 1" : "p";
    const kind = s.kind === "bool" ? "boolean" : "number";
    const note = value === "p" ? `Offset: ${typeName(type)}.` : `${typeName(type)}.`;
    members.push(`/** ${note} */\n${field}: ${kind};`);
    steps.push(`const ${variable(field)} = ${value};\n${skip(type, name)}`);
  }
  const names = schema
    .entries!.filter(([, t]) => resolve(t).kind !== "void")
    .map(([f]) => (variable(f) === f ? f : `${f}: ${variable(f)}`));
  // The last field's own skip is not needed to know where it starts.
  const last = steps.length - 1;
  if (last >= 0) steps[last] = steps[last]!.slice(0, steps[last]!.indexOf("\n"));
  return `export interface ${name} {\n${members.join("\n")}\n}\nexport function read${name}(${parameter(steps.join())}: Words, p: number): ${name} {\n${steps.join("\n")}\nreturn { ${names.join(", ")} };\n}`;
}

const parts = [
  "// Generated by tools/generate-xdr.ts from the schemas of @stellar/stellar-sdk. Do not edit: npm run generate.",
  "// `x` is a ledger as 32-bit words, `p` a word offset. skip… is strict; read… expects bytes that skip… has accepted.",
];
for (const [name, schema] of [...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) {
  if (schema.kind === "enum") {
    const values = [...schema.nameByValue!].sort(([a], [b]) => a - b).map(([v, n]) => `${n}: ${v},`);
    parts.push(`export const ${name} = {\n${values.join("\n")}\n} as const;`);
  }
  parts.push(skipFunction(name, schema));
  if (schema.kind === "struct") parts.push(readFunction(name, schema));
}

/** Indents by braces: the generator's own formatter, so that the output does not depend on a tool's version. */
function indent(code: string): string {
  let depth = 0;
  return code
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const text = line.trim();
      if (text.startsWith("}")) depth--;
      const shown = "  ".repeat(Math.max(0, depth)) + text;
      if (text.endsWith("{")) depth++;
      return shown;
    })
    .join("\n");
}

const helpers = ["count", "enter", "fail", "knownEnd", "leave", "rememberEnd", "skipBool", "skipFixedOpaque", "skipOpaque"].filter((h) =>
  parts.some((part) => part.includes(`${h}(`)),
);
parts.splice(2, 0, `import { ${helpers.join(", ")}, type Words } from "./words.ts";`);
const output = `${parts.map(indent).join("\n\n")}\n`;
if (process.argv.includes("--check")) {
  if (readFileSync(OUTPUT, "utf8") !== output) {
    console.error("functions/shared/xdr/xdr.generated.ts differs from what the pinned SDK gives: run npm run generate");
    process.exit(1);
  }
} else {
  writeFileSync(OUTPUT, output);
  console.log(`${schemas.size} types, ${output.length} characters`);
}
