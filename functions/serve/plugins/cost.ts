import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import { DEFAULT_PAGE } from "../pagination/page.ts";

/** What a document asks for, before anything is validated or run (graphql-api section 5). */
export interface Cost {
  complexity: number;
  depth: number;
}

/** A list without pages is priced as this many. */
const UNPAGED = 50;

/**
 * Prices an operation. Needs no valid document: unknown fields cost 1, unknown or recursive fragments nothing. A fragment is
 * priced once and added as often as it is spread, so nested spreads cannot make pricing itself expensive.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Cost {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const priced = new Map<string, Cost>();
  const defaults = new Map((operation.variableDefinitions ?? []).map((node) => [node.variable.name.value, node.defaultValue]));

  function number(value: ValueNode | undefined): number | null {
    if (value === undefined) return null;
    if (value.kind === Kind.VARIABLE) {
      const name = value.name.value;
      const given = variables[name];
      return given === undefined ? number(defaults.get(name)) : given === null ? null : finite(Number(given));
    }
    return value.kind === Kind.INT ? finite(Number(value.value)) : null;
  }

  function pageSize(field: FieldNode): number {
    const argument = (name: string) => number(field.arguments?.find((node) => node.name.value === name)?.value);
    return argument("first") ?? argument("last") ?? DEFAULT_PAGE;
  }

  function fieldCost(field: FieldNode, parent: GraphQLNamedType | undefined): Cost {
    const name = field.name.value;
    const type = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name]?.type : undefined;
    const named = type === undefined ? undefined : getNamedType(type);
    const children = field.selectionSet === undefined ? { complexity: 0, depth: 0 } : setCost(field.selectionSet, named);
    const depth = children.depth + 1;
    if (name === "__schema" || name === "__type") return { complexity: 0, depth };
    let complexity = 1 + children.complexity;
    const paged = named?.name.endsWith("Connection") === true;
    const unpaged = name === "accounts" && (parent?.name === "Transaction" || parent?.name === "Operation");
    if (paged || unpaged) {
      const product = (paged ? pageSize(field) : UNPAGED) * children.complexity;
      if (product >= 1) complexity = product;
    }
    return { complexity, depth };
  }

  function setCost(set: SelectionSetNode, parent: GraphQLNamedType | undefined): Cost {
    const sum: Cost = { complexity: 0, depth: 0 };
    for (const selection of set.selections) {
      const cost =
        selection.kind === Kind.FIELD
          ? fieldCost(selection, parent)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? setCost(
                selection.selectionSet,
                selection.typeCondition === undefined ? parent : schema.getType(selection.typeCondition.name.value),
              )
            : fragmentCost(selection.name.value);
      sum.complexity += cost.complexity;
      sum.depth = Math.max(sum.depth, cost.depth);
    }
    return sum;
  }

  function fragmentCost(name: string): Cost {
    const known = priced.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    priced.set(name, { complexity: 0, depth: 0 });
    if (fragment === undefined) return { complexity: 0, depth: 0 };
    const cost = setCost(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    priced.set(name, cost);
    return cost;
  }

  return setCost(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
}

function finite(value: number): number | null {
  // What is no Int at all is validation's to refuse.
  return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : null;
}

/** Aliased fields in the whole document. */
export function countAliases(document: DocumentNode): number {
  let count = 0;
  const walk = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD && selection.alias !== undefined) count++;
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet !== undefined) walk(selection.selectionSet);
    }
  };
  for (const node of document.definitions) if ("selectionSet" in node && node.selectionSet !== undefined) walk(node.selectionSet);
  return count;
}
