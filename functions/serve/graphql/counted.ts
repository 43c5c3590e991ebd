import type { FieldNode, GraphQLFieldResolver, GraphQLResolveInfo } from "graphql";
import { MAX_RESPONSE_BYTES } from "../loaders/budget.ts";
import type { Context } from "../resolvers/context.ts";
import { type ListPrice, SelectionPricer } from "./selection-price.ts";

export { MAX_RESPONSE_BYTES };

type Resolver = GraphQLFieldResolver<unknown, Context>;

/** Bytes of a text's quotes, as Lambda counts them. */
const QUOTES = 4;
/** Bytes of an object or a list besides its members: braces or brackets. */
const BYTES_AN_OBJECT = 2;
/** Bytes of a number, true, false or null. */
const BYTES_OF_OTHERS = 5;

/**
 * A resolver of a list or a connection: what its elements send is charged before one of them is resolved, by their number and the price
 * of what is selected of each. So nothing is counted where most of the work is, in the fields.
 */
export function countedMany(resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    context.budget.refuseMore();
    const value = resolve(source, args, context, info);
    return value instanceof Promise
      ? value.then((settled: Many | null) => settled && charged(settled, context, info))
      : charged(value as Many, context, info);
  };
}

/** A resolver of one object that nothing above it was charged for. */
export function countedObject(resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    const { own } = priceOf(info);
    context.budget.send(own.fields, own.bytes);
    return resolve(source, args, context, info);
  };
}

/** A text of any length, charged when it is resolved; the rest of its field is charged with its object. */
export const countedText: Resolver = (source, _args, { budget }, { fieldName }) => {
  // The schema has the field, so it is no name that a client chose.
  const text = (source as Readonly<Record<string, string | null>>)[fieldName];
  if (typeof text === "string") budget.send(0, text.length + QUOTES);
  return text;
};

/** An object that is mostly null: null was charged with the object that it belongs to, what it has is charged here. */
export const countedSeldom: Resolver = (source, _args, { budget }, info) => {
  const value = (source as Readonly<Record<string, object | null>>)[info.fieldName];
  if (value === null) return null;
  const { own } = priceOf(info);
  budget.send(own.fields - 1, own.bytes);
  return value;
};

/** A resolver of JSON of any size, charged when it is resolved; the rest of its field is charged with its object. */
export function countedJson(resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    const value = resolve(source, args, context, info);
    const sum = { fields: 0, bytes: 0 };
    addJson(sum, value);
    // The value itself is a field of its object.
    context.budget.send(sum.fields - 1, sum.bytes);
    return value;
  };
}

/** Adds what a value sends: it, and all in it. */
function addJson(sum: { fields: number; bytes: number }, value: unknown): void {
  sum.fields++;
  if (typeof value === "string") sum.bytes += value.length + QUOTES;
  else if (typeof value !== "object" || value === null) sum.bytes += BYTES_OF_OTHERS;
  else if (Array.isArray(value)) {
    sum.bytes += BYTES_AN_OBJECT;
    for (const member of value) {
      sum.bytes += 1;
      addJson(sum, member);
    }
  } else {
    sum.bytes += BYTES_AN_OBJECT;
    for (const [name, member] of Object.entries(value)) {
      sum.bytes += name.length + QUOTES + 2;
      addJson(sum, member);
    }
  }
}

interface Typed {
  readonly __typename: string;
}
type Many = readonly unknown[] | { readonly edges: readonly { readonly node: unknown }[] };

/** The value, once it is charged; it may have to wait for others' turn. */
function charged(value: Many, { budget }: Context, info: GraphQLResolveInfo): Many | Promise<Many> {
  const { own, element, byType } = priceOf(info);
  const isConnection = "edges" in value;
  const { length } = isConnection ? value.edges : value;
  let [fields, bytes] = [own.fields + length * element.fields, own.bytes + length * element.bytes];
  if (byType !== null)
    for (let at = 0; at < length; at++) {
      const node = (isConnection ? value.edges[at]!.node : value[at]) as Typed;
      const price = byType.get(node.__typename)!;
      fields += price.fields;
      bytes += price.bytes;
    }
  budget.send(fields, bytes);
  if (!budget.isTurnOver) return value;
  return budget.nextTurn().then(() => {
    // What others took meanwhile may have been too much: then nobody needs the elements.
    budget.refuseMore();
    return value;
  });
}

interface Known {
  /** All fields that were merged into the one that is resolved. */
  nodes: readonly FieldNode[];
  /** The values of the operation's variables; null: they do not matter. */
  variables: unknown;
  price: ListPrice;
}

/** Prices by the field's first node: documents are kept, so it is computed once for each. */
const known = new WeakMap<FieldNode, Known>();

function priceOf(info: GraphQLResolveInfo): ListPrice {
  const { fieldNodes, variableValues } = info;
  const found = known.get(fieldNodes[0]!);
  if (found !== undefined && (found.variables === null || found.variables === variableValues) && areSame(found.nodes, fieldNodes))
    return found.price;
  const pricer = new SelectionPricer(info);
  const { price } = pricer;
  known.set(fieldNodes[0]!, { nodes: fieldNodes, variables: pricer.dependsOnVariables ? variableValues : null, price });
  return price;
}

function areSame(left: readonly FieldNode[], right: readonly FieldNode[]): boolean {
  return left.length === right.length && left.every((node, at) => node === right[at]);
}
