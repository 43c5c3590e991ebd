import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  getNamedType,
  getOperationAST,
  type GraphQLInputType,
  type GraphQLNamedType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
} from "graphql";
import { type Cost, priceOf } from "../../functions/serve/graphql/cost.ts";
import { buildSchema } from "../../functions/serve/graphql/schema.ts";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";

/** `COMPLEXITY_SEED=2 node --test …` generates other documents. */
const SEED = Number(process.env.COMPLEXITY_SEED ?? 1);
const schema = buildSchema(schemaDocument);

/** The connections of the contract's formula (graphql-api section 5), and ours, by name. */
const CONNECTIONS = new Set([
  ...["balances", "transactions", "operations", "stateChanges", "sep41Allowances"].map((name) => `Account.${name}`),
  ...["operations", "stateChanges"].map((name) => `Transaction.${name}`),
  "Operation.stateChanges",
  "AccountRecord.data",
  "Query.accountsBySigner",
  ...["claimableBalances", "offers", "nfts", "allowancesReceived"].map((name) => `Account.${name}`),
  "Query.tokens",
  "Token.holders",
]);
const UNPAGED = new Set(["Transaction.accounts", "Operation.accounts"]);

/** Two lists of arguments, of which the second is in parentheses or empty, as one. */
function argumentsOf(required: string, page: string): string {
  if (required === "") return page;
  return page === "" ? `(${required})` : `(${required}, ${page.slice(1)}`;
}

/** A selection, and what the contract says of it, reckoned while it is made: nothing is parsed, nothing remembered. */
interface Made extends Cost {
  text: string;
}

function isString(type: GraphQLInputType): boolean {
  return getNamedType(type).name === "String";
}

class Maker {
  readonly #gen: fc.GeneratorValue;
  readonly #fragments = new Map<string, Made & { type: string }>();
  readonly variables: Record<string, number | string[] | null> = {};
  #aliases = 0;

  constructor(gen: fc.GeneratorValue) {
    this.#gen = gen;
  }

  #below(limit: number): number {
    return this.#gen(fc.nat, { max: limit - 1 });
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }

  /** Page arguments and the size that they mean. */
  #page(): { text: string; size: number } {
    const size = this.#of([0, 1, 2, 7, 50, 100]);
    switch (this.#below(6)) {
      case 0:
        return { text: "", size: 50 };
      case 1:
        return { text: `(first: ${size})`, size };
      case 2:
        return { text: `(last: ${size})`, size };
      case 3:
        return { text: `(first: null, last: ${size})`, size };
      case 4: {
        const name = `v${Object.keys(this.variables).length}`;
        const value = this.#of([size, null]);
        this.variables[name] = value;
        return { text: `(first: $${name})`, size: value ?? 50 };
      }
      default:
        return { text: `(first: ${size}, last: 3)`, size };
    }
  }

  /** Addresses, and how often what is asked of each is priced: once for ten. */
  #addresses(): { text: string; times: number } {
    const length = this.#of([0, 1, 2, 10, 11, 99, 100]);
    const times = Math.max(1, Math.ceil(length / 10));
    const list = Array<string>(length).fill("G");
    if (this.#below(2) === 0) return { text: `(addresses: ${JSON.stringify(list)})`, times };
    const name = `v${Object.keys(this.variables).length}`;
    this.variables[name] = list;
    return { text: `(addresses: $${name})`, times };
  }

  selection(type: GraphQLNamedType, levels: number): Made {
    assert.ok(isObjectType(type) || isInterfaceType(type));
    const made: Made = { text: "__typename", complexity: 1, depth: 1 };
    const add = (part: Made): void => {
      made.text += ` ${part.text}`;
      made.complexity += part.complexity;
      made.depth = Math.max(made.depth, part.depth);
    };
    for (let count = 1 + this.#below(3); count > 0; count--) {
      const kind = this.#below(6);
      if (kind === 0) {
        const on = isInterfaceType(type) ? this.#of(schema.getPossibleTypes(type)) : type;
        const inner = this.selection(on, levels - 1);
        add({ ...inner, text: `... on ${on.name} { ${inner.text} }` });
      } else if (kind === 1) add(this.#spread(type, levels - 1));
      else add(this.#field(type, levels));
    }
    return made;
  }

  /** A named fragment, perhaps one that is spread elsewhere too: it counts again. */
  #spread(type: GraphQLNamedType, levels: number): Made {
    const known = [...this.#fragments].filter(([, fragment]) => fragment.type === type.name);
    if (known.length > 0 && this.#below(2) === 0) {
      const [name, fragment] = this.#of(known);
      return { ...fragment, text: `...${name}` };
    }
    const made = this.selection(type, levels);
    const name = `F${this.#fragments.size}`;
    this.#fragments.set(name, { ...made, type: type.name });
    return { ...made, text: `...${name}` };
  }

  #field(type: GraphQLNamedType, levels: number): Made {
    assert.ok(isObjectType(type) || isInterfaceType(type));
    const isLeaf = (inner: GraphQLNamedType): boolean => !isObjectType(inner) && !isInterfaceType(inner);
    const fields = Object.values(type.getFields()).filter((field) => levels > 0 || isLeaf(getNamedType(field.type)));
    if (fields.length === 0) return { text: `a${this.#aliases++}: __typename`, complexity: 1, depth: 1 };
    const field = this.#of(fields);
    const alias = `a${this.#aliases++}: `;
    const inner = getNamedType(field.type);
    const place = `${type.name}.${field.name}`;
    const needed = field.args.filter(({ type: argument }) => isNonNullType(argument));
    const required = needed.map(({ name, type: argument }) => `${name}: ${isString(argument) ? '""' : "1"}`).join(", ");
    if (isLeaf(inner)) return { text: alias + field.name, complexity: 1, depth: 1 };
    if (place === "Query.accounts") {
      const { text, times } = this.#addresses();
      const each = this.selection(inner, levels - 1);
      return {
        text: `${alias}${field.name}${text} { ${each.text} }`,
        complexity: 1 + times * each.complexity,
        depth: 1 + each.depth,
      };
    }
    const page = CONNECTIONS.has(place) ? this.#page() : null;
    const children = this.selection(inner, levels - 1);
    const factor = page?.size ?? (UNPAGED.has(place) ? 50 : 0);
    const product = factor * children.complexity;
    return {
      text: `${alias}${field.name}${argumentsOf(required, page?.text ?? "")} { ${children.text} }`,
      complexity: product < 1 ? 1 + children.complexity : product,
      depth: 1 + children.depth,
    };
  }

  document(levels: number): Made {
    const { text, ...cost } = this.selection(schema.getQueryType()!, levels);
    const variables = Object.entries(this.variables).map(([name, value]) => `$${name}: ${Array.isArray(value) ? "[String!]!" : "Int"}`);
    const head = variables.length === 0 ? "" : `query (${variables.join(", ")}) `;
    const fragments = [...this.#fragments].map(([name, { type, text: body }]) => `fragment ${name} on ${type} { ${body} }`);
    return { ...cost, text: `${head}{ ${text} } ${fragments.join(" ")}` };
  }
}

test(`depth and complexity of generated documents are the contract's (seed ${SEED})`, () => {
  let [fragments, large, saved] = [0, 0, 0];
  fc.assert(
    fc.property(fc.gen(), (gen) => {
      const maker = new Maker(gen);
      const { text, complexity, depth } = maker.document(gen(fc.integer, { min: 2, max: 9 }));
      const document = parse(text);
      assert.deepEqual(
        validate(schema, document).map(({ message }) => message),
        [],
        text,
      );
      const pricing = priceOf(schema, document, getOperationAST(document)!, maker.variables);
      assert.deepEqual(pricing.specified(), { complexity, depth }, `${text} ${JSON.stringify(maker.variables)}`);
      // What the answer can cost at most is never more than the sum, and never nothing.
      const exclusive = pricing.exclusive();
      assert.ok(exclusive >= 1 && exclusive <= complexity, `${exclusive}, ${complexity}: ${text}`);
      fragments += Number(text.includes("fragment"));
      large += Number(complexity > 10_000);
      saved += Number(exclusive < complexity);
    }),
    { seed: SEED, numRuns: 1_500, endOnFailure: true },
  );
  assert.ok(fragments > 100 && large > 30 && saved > 5, `${fragments} with fragments, ${large} beyond the limit, ${saved} cheaper`);
});
