import { type GraphQLSchema, Kind, type OperationDefinitionNode } from "graphql";

/** Names that one request is remembered by; the log need not hold a whole page of aliases. */
const MOST = 5;
const META: ReadonlySet<string> = new Set(["__typename", "__schema", "__type"]);

/**
 * The names of an operation's root fields for log and metrics: never aliases, nor names that the schema does not have, since
 * a client may choose those at will. `<unnamed>` stands for an operation of fragments only.
 */
export function rootFields(schema: GraphQLSchema, operation: OperationDefinitionNode): string[] {
  const known = schema.getRootType(operation.operation)?.getFields() ?? {};
  const names = new Set<string>();
  for (const selection of operation.selectionSet.selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const { value } = selection.name;
    names.add(Object.hasOwn(known, value) || META.has(value) ? value : "<unknown>");
    if (names.size === MOST) break;
  }
  return names.size === 0 ? ["<unnamed>"] : [...names];
}
