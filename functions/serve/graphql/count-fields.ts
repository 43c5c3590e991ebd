import { type FieldNode, type GraphQLFieldResolver, type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";
export { MAX_RESPONSE_BYTES } from "../loaders/budget.ts";
import type { Context } from "../resolvers/context.ts";

type Resolver = GraphQLFieldResolver<unknown, Context>;

/** Bytes of a field besides its name and value, as Lambda counts them: quotes twice, colon, comma. */
const BYTES_A_FIELD = 8;
/** Bytes of a value that is no text. */
const BYTES_A_VALUE = 8;
/** Bytes of a `__typename`, name and value: it is resolved by GraphQL itself. */
const BYTES_A_TYPENAME = 44;

/** Fields without a resolver are members of their node. Charges what they send. */
export const readMember: Resolver = (source, _args, context, info) => {
  // The schema has the field, so it is no name that a client chose.
  const value = (source as Readonly<Record<string, unknown>>)[info.fieldName];
  if (typeof value === "object" && value !== null) return charged(value, context, info);
  const { key } = info.path;
  context.budget.send(1, String(key).length + (typeof value === "string" ? value.length + 4 : BYTES_A_VALUE) + BYTES_A_FIELD);
  return value;
};

/**
 * A resolver of objects, which charges them before the fields that are asked of them are resolved.
 *
 * When a member of a list throws, the executor forgets the promises of the members before it; a forgotten promise that is rejected
 * ends the process. So what fails here fails as a promise, and once the budget is exceeded no promise is settled any more.
 */
export function counted(resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    const { budget } = context;
    let value: unknown;
    try {
      value = resolve(source, args, context, info);
    } catch (error) {
      return Promise.reject(error);
    }
    if (!(value instanceof Promise)) return charged(value, context, info);
    return value.then(
      (settled: unknown) => (budget.exceeded === null ? charged(settled, context, info) : NEVER()),
      (error: unknown) => {
        if (budget.exceeded !== null) return NEVER();
        throw error;
      },
    );
  };
}

/** Nobody waits for it: the response is the budget's error. */
const NEVER = (): Promise<never> => new Promise(() => {});

/** The value, once what it sends is charged; a list may have to wait for others' turn. */
function charged(value: unknown, { budget }: Context, info: GraphQLResolveInfo): unknown {
  const isList = Array.isArray(value);
  const objects = isList ? value.length : 1;
  const typenames = objects * typenamesOf(info);
  budget.send(Math.max(objects, 1) + typenames, String(info.path.key).length + BYTES_A_FIELD + 3 * objects + typenames * BYTES_A_TYPENAME);
  return isList && budget.isTurnOver ? budget.nextTurn().then(() => (budget.exceeded === null ? value : NEVER())) : value;
}

const known = new WeakMap<FieldNode, number>();

/** How often each object of a field has its `__typename` in the response. */
function typenamesOf({ fieldNodes, fragments }: GraphQLResolveInfo): number {
  let sum = 0;
  for (const node of fieldNodes) {
    let own = known.get(node);
    if (own === undefined) known.set(node, (own = countTypenames(node.selectionSet, fragments)));
    sum += own;
  }
  return sum;
}

/** Names under which a selection asks for `__typename`, those of its fragments included. */
function countTypenames(selectionSet: SelectionSetNode | undefined, fragments: GraphQLResolveInfo["fragments"]): number {
  const names = new Set<string>();
  const seen = new Set<SelectionSetNode>();
  const walk = (set: SelectionSetNode | undefined): void => {
    if (set === undefined || seen.has(set)) return;
    seen.add(set);
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        // A map without a prototype: the executor makes it of the document, which validation has seen.
        walk(fragments[selection.name.value]?.selectionSet);
      } else if (selection.name.value === "__typename") names.add((selection.alias ?? selection.name).value);
    }
  };
  walk(selectionSet);
  return names.size;
}
