import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import { DEFAULT_PAGE } from "../pagination/page.ts";

/** What an operation asks for, before anything is validated or run. */
export interface Cost {
  complexity: number;
  depth: number;
}

/** How an operation with its variables is priced. */
interface Pricing {
  /** By the specification's formula: every fragment is added, also those of which a row can match one only. */
  specified(): Cost;
  /** Of fragments on different types only the most expensive counts, since a row has one type: what the response can cost at most. */
  exclusive(): number;
  /** Names of the variables that the price depends on. */
  readonly variables: ReadonlySet<string>;
}

/** A list without pages is priced as this many. */
const UNPAGED = 50;
/**
 * So many accounts of a list that was asked for by its addresses are priced as one. A page is priced as full, and the pages of most accounts
 * are not: what a hundred of them read and send is charged when it is (loaders/budget.ts).
 */
const ADDRESSES_A_PRICE = 10;

/**
 * Prices an operation. Needs no valid document: unknown fields cost 1, unknown or recursive fragments nothing. A set of
 * fields is priced once and added as often as it is spread, so nested spreads cannot make pricing itself expensive.
 */
export function priceOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): Pricing {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const defaults = new Map((operation.variableDefinitions ?? []).map((node) => [node.variable.name.value, node.defaultValue]));
  const variables = new Set<string>();
  const root = schema.getRootType(operation.operation) ?? undefined;

  function number(value: ValueNode | undefined): number | null {
    if (value === undefined) return null;
    if (value.kind === Kind.VARIABLE) {
      const name = value.name.value;
      variables.add(name);
      const given = givenSize(values, name);
      return given === undefined ? number(defaults.get(name)) : given;
    }
    return value.kind === Kind.INT ? finite(Number(value.value)) : null;
  }

  function pageSize(field: FieldNode): number {
    const argument = (name: string) => number(field.arguments?.find((node) => node.name.value === name)?.value);
    const [first, last] = [argument("first"), argument("last")];
    return first ?? last ?? DEFAULT_PAGE;
  }

  /** Members of a list: those written there, or of a variable's value. A value that stands alone is a list of one. */
  function listLength(value: ValueNode | undefined): number {
    if (value === undefined || value.kind === Kind.NULL) return 0;
    if (value.kind === Kind.LIST) return value.values.length;
    if (value.kind !== Kind.VARIABLE) return 1;
    const name = value.name.value;
    variables.add(name);
    const given = givenLength(values, name);
    return given ?? listLength(defaults.get(name));
  }

  function typeOf(field: FieldNode, parent: GraphQLNamedType | undefined): GraphQLNamedType | undefined {
    const type = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field.name.value]?.type : undefined;
    return type === undefined ? undefined : getNamedType(type);
  }

  /** The price of a field whose children cost so much. */
  function fieldPrice(
    field: FieldNode,
    parent: GraphQLNamedType | undefined,
    type: GraphQLNamedType | undefined,
    children: number,
  ): number {
    const name = field.name.value;
    if (name === "__schema" || name === "__type") return 0;
    const paged = type?.name.endsWith("Connection") === true;
    const unpaged = name === "accounts" && (parent?.name === "Transaction" || parent?.name === "Operation");
    if (name === "accounts" && parent !== undefined && parent === root) {
      const addresses = listLength(field.arguments?.find((node) => node.name.value === "addresses")?.value);
      return 1 + Math.max(1, Math.ceil(addresses / ADDRESSES_A_PRICE)) * children;
    }
    const product = paged ? pageSize(field) * children : unpaged ? UNPAGED * children : 0;
    return product >= 1 ? product : 1 + children;
  }

  /** What a selection that is no field spreads: its fields and the type that they are of. */
  function spread(selection: Exclude<SelectionSetNode["selections"][number], FieldNode>): [SelectionSetNode?, string?] {
    if (selection.kind === Kind.INLINE_FRAGMENT) return [selection.selectionSet, selection.typeCondition?.name.value];
    const fragment = fragments.get(selection.name.value);
    return [fragment?.selectionSet, fragment?.typeCondition.name.value];
  }

  const added = new Map<SelectionSetNode, Cost>();
  function specified(set: SelectionSetNode, parent: GraphQLNamedType | undefined): Cost {
    const known = added.get(set);
    if (known !== undefined) return known;
    // A fragment that spreads itself costs nothing the second time.
    added.set(set, { complexity: 0, depth: 0 });
    const sum: Cost = { complexity: 0, depth: 0 };
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const type = typeOf(selection, parent);
        const children = selection.selectionSet === undefined ? { complexity: 0, depth: 0 } : specified(selection.selectionSet, type);
        sum.complexity += fieldPrice(selection, parent, type, children.complexity);
        sum.depth = Math.max(sum.depth, children.depth + 1);
      } else {
        const [inner, condition] = spread(selection);
        if (inner === undefined) continue;
        const cost = specified(inner, condition === undefined ? parent : schema.getType(condition));
        sum.complexity += cost.complexity;
        sum.depth = Math.max(sum.depth, cost.depth);
      }
    }
    added.set(set, sum);
    return sum;
  }

  const largest = new Map<SelectionSetNode, Map<GraphQLNamedType | undefined, number>>();
  /** The price for a row of this type, or for the most expensive of the types that a row may have. */
  function exclusive(set: SelectionSetNode, type: GraphQLNamedType | undefined): number {
    if (isAbstractType(type)) return Math.max(...schema.getPossibleTypes(type).map((possible) => exclusive(set, possible)));
    let prices = largest.get(set);
    if (prices === undefined) largest.set(set, (prices = new Map()));
    const known = prices.get(type);
    if (known !== undefined) return known;
    prices.set(type, 0);
    let sum = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const inner = typeOf(selection, type);
        const children = selection.selectionSet === undefined ? 0 : exclusive(selection.selectionSet, inner);
        sum += fieldPrice(selection, type, inner, children);
      } else {
        const [inner, condition] = spread(selection);
        if (inner !== undefined && applies(condition, type)) sum += exclusive(inner, type);
      }
    }
    prices.set(type, sum);
    return sum;
  }

  function applies(condition: string | undefined, type: GraphQLNamedType | undefined): boolean {
    if (condition === undefined || type === undefined || condition === type.name) return true;
    const wanted = schema.getType(condition);
    // What cannot be judged is added: the price must never be too low.
    if (wanted === undefined || !isObjectType(type)) return true;
    return isAbstractType(wanted) && schema.isSubType(wanted, type);
  }

  return {
    specified: () => specified(operation.selectionSet, root),
    exclusive: () => exclusive(operation.selectionSet, root),
    variables,
  };
}

/**
 * The page size that a client's variable means; undefined: the client gave none, so its default holds. What is no integer is validation's to
 * refuse, and means no size here.
 */
export function givenSize(values: Readonly<Record<string, unknown>>, name: string): number | null | undefined {
  // A client may call its variables as members of Object.prototype are called.
  const given = Object.hasOwn(values, name) ? values[name] : undefined;
  return given === undefined ? undefined : typeof given === "number" ? finite(given) : null;
}

/** The members that a client's variable gives a list; undefined: the client gave none, so its default holds. */
export function givenLength(values: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const given = Object.hasOwn(values, name) ? values[name] : undefined;
  return given === undefined ? undefined : Array.isArray(given) ? given.length : given === null ? 0 : 1;
}

function finite(value: number): number | null {
  // What is no Int at all is validation's to refuse.
  return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : null;
}
