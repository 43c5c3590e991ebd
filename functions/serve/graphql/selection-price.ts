import {
  type DirectiveNode,
  type FieldNode,
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  isAbstractType,
  isListType,
  isNonNullType,
  isEnumType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";

/** What resolving something sends: fields of the response (an object is one more), and about how many bytes they are. */
interface SendPrice {
  readonly fields: number;
  readonly bytes: number;
}

/** What a list or a connection sends, as far as the query alone tells. */
export interface ListPrice {
  /** The field itself, with a connection's page info. */
  readonly own: SendPrice;
  /** Each element or edge, with the objects that belong to it; lists that have a resolver are priced when they are resolved. */
  readonly element: SendPrice;
  /** What else each element, or each edge's node, sends by its type; null: all are of one type. */
  readonly byType: ReadonlyMap<string, SendPrice> | null;
}

/** Bytes of a field besides its name and value, as Lambda counts them: quotes twice, colon, comma. */
const BYTES_A_FIELD = 8;
/** Bytes of an object besides its fields: braces and comma. */
const BYTES_AN_OBJECT = 3;
/** Bytes of a value by its type, quotes included: what ordinary rows have. */
const BYTES_BY_TYPE: ReadonlyMap<string, number> = new Map([
  ["Boolean", 5],
  ["Int", 6],
  ["UInt32", 8],
  ["Int64", 18],
  ["Time", 24],
  // Of any size: `countedJson` counts it when it is resolved.
  ["JSON", 0],
]);
/** Bytes of a text by its field. */
const BYTES_BY_NAME: ReadonlyMap<string, number> = new Map([
  ["__typename", 24],
  ["hash", 68],
  ["innerHash", 68],
  ["previousHash", 68],
  ["sourceAddress", 72],
  ["feeAddress", 72],
  // Signed payloads are the longest.
  ["extraSigners", 112],
  ["liquidityPoolId", 68],
  ["balanceId", 76],
  ["wasmHash", 68],
  ["cursor", 72],
  ["startCursor", 72],
  ["endCursor", 72],
  ["resultCode", 24],
  ["base64", 44],
  ["amount", 18],
  ["balance", 18],
  ["spendable", 18],
  ["supply", 18],
  ["limit", 18],
]);
const BYTES_AN_ENUM = 16;
/** Bytes of other texts: an address. */
const BYTES_A_TEXT = 60;
/** Texts of any length: `countedText` counts them when they are resolved. */
const LONG_TEXTS: ReadonlySet<string> = new Set([
  "operationXdr",
  "envelopeXdr",
  "toMuxedId",
  "homeDomain",
  "oldHomeDomain",
  "newHomeDomain",
  "name",
  "symbol",
  "value",
  "oldValue",
  "newValue",
  "uri",
  "type",
]);
/** Objects that are mostly null: `countedSeldom` counts them when they are resolved and there. */
const SELDOM: ReadonlySet<string> = new Set(["DepositId"]);
const BYTES_OF_NULL = 4;
/** Members of a list that has no resolver: a pool's reserves, an entry's flags. */
const INLINED = 2;

/** Has the field a text of any length? */
export function isLongText(name: string, type: GraphQLOutputType): boolean {
  return LONG_TEXTS.has(name) && getNamedType(type).name === "String";
}

/** Is a field of this type an object that is mostly null? */
export function isSeldom(type: GraphQLOutputType): boolean {
  return SELDOM.has(getNamedType(type).name);
}

/** Is a field of this type JSON of any size? */
export function isJson(type: GraphQLOutputType): boolean {
  return getNamedType(type).name === "JSON";
}

/** Is a field of this type a list or a connection? */
export function isMany(type: GraphQLOutputType): boolean {
  return isPlainList(type) || edgesOf(getNamedType(type)) !== undefined;
}

function isPlainList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** The type of a connection's edges. */
function edgesOf(type: GraphQLNamedType): GraphQLObjectType | undefined {
  const edges = isObjectType(type) ? type.getFields().edges : undefined;
  return edges && (getNamedType(edges.type) as GraphQLObjectType);
}

type Sum = { -readonly [Part in keyof SendPrice]: SendPrice[Part] };

/** Prices what a field selects. */
export class SelectionPricer {
  readonly #info: GraphQLResolveInfo;
  /** Did a variable decide whether something is included? */
  dependsOnVariables = false;

  constructor(info: GraphQLResolveInfo) {
    this.#info = info;
  }

  /** The field that is being resolved, with everything below it but what is priced when it is resolved. */
  get price(): ListPrice {
    const { returnType, fieldNodes, path } = this.#info;
    const type = getNamedType(returnType);
    const own = { fields: 1, bytes: String(path.key).length + BYTES_A_FIELD + BYTES_AN_OBJECT };
    const element = { fields: 0, bytes: 0 };
    const byType = new Map<string, Sum>();
    const edges = edgesOf(type);
    if (isPlainList(returnType)) this.#addObject(element, byType, type, fieldNodes);
    else
      for (const [key, nodes] of this.#fields(type as GraphQLObjectType, fieldNodes)) {
        if (nodes[0]!.name.value !== "edges" || edges === undefined) add(own, this.#field(key, type as GraphQLObjectType, nodes));
        else {
          // A client may ask for the edges under several names: then each element is in the response as often.
          add(own, { fields: 1, bytes: key.length + BYTES_A_FIELD });
          add(element, { fields: 1, bytes: BYTES_AN_OBJECT });
          for (const [name, same] of this.#fields(edges, nodes)) {
            if (same[0]!.name.value !== "node") add(element, this.#field(name, edges, same));
            else {
              element.bytes += name.length + BYTES_A_FIELD;
              this.#addObject(element, byType, getNamedType(edges.getFields().node!.type), same);
            }
          }
        }
      }
    return { own, element, byType: byType.size === 0 ? null : byType };
  }

  /** Adds an object to what each element sends, or to what it sends by its type. */
  #addObject(element: Sum, byType: Map<string, Sum>, type: GraphQLNamedType, nodes: readonly FieldNode[]): void {
    if (!isAbstractType(type)) add(element, this.#object(type, nodes));
    else
      for (const possible of this.#info.schema.getPossibleTypes(type)) {
        const sum = byType.get(possible.name) ?? { fields: 0, bytes: 0 };
        byType.set(possible.name, sum);
        add(sum, this.#object(possible, nodes));
      }
  }

  /** One object of a type; of an abstract type the dearest, since the row decides which it is. */
  #object(type: GraphQLNamedType, nodes: readonly FieldNode[]): SendPrice {
    const price = { fields: 0, bytes: 0 };
    if (isAbstractType(type)) {
      for (const possible of this.#info.schema.getPossibleTypes(type)) {
        const { fields, bytes } = this.#object(possible, nodes);
        price.fields = Math.max(price.fields, fields);
        price.bytes = Math.max(price.bytes, bytes);
      }
    } else if (isObjectType(type)) {
      add(price, { fields: 1, bytes: BYTES_AN_OBJECT });
      for (const [key, same] of this.#fields(type, nodes)) add(price, this.#field(key, type, same));
    } else {
      price.fields = 1;
      price.bytes = isEnumType(type) ? BYTES_AN_ENUM : (BYTES_BY_TYPE.get(type.name) ?? textBytes(nodes[0]!.name.value));
    }
    return price;
  }

  #field(key: string, parent: GraphQLObjectType, nodes: readonly FieldNode[]): SendPrice {
    const { value: name } = nodes[0]!.name;
    const field = parent.getFields()[name];
    if (field === undefined) return { fields: 1, bytes: key.length + BYTES_A_FIELD + textBytes(name) };
    const many = isMany(field.type);
    // Priced when it is resolved.
    if (many && field.resolve !== undefined) return { fields: 0, bytes: 0 };
    if (isSeldom(field.type)) return { fields: 1, bytes: key.length + BYTES_A_FIELD + BYTES_OF_NULL };
    const { fields, bytes } = this.#object(getNamedType(field.type), nodes);
    const count = many ? INLINED : 1;
    return { fields: count * fields, bytes: key.length + BYTES_A_FIELD + count * bytes };
  }

  /** What is selected of an object of the type, by its name in the response. */
  #fields(type: GraphQLObjectType, nodes: readonly FieldNode[]): Map<string, FieldNode[]> {
    const found = new Map<string, FieldNode[]>();
    const seen = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (!this.#isIncluded(selection)) continue;
        if (selection.kind === Kind.FIELD) {
          const key = (selection.alias ?? selection.name).value;
          const same = found.get(key);
          if (same === undefined) found.set(key, [selection]);
          else same.push(selection);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (applies(selection.typeCondition?.name.value, type)) collect(selection.selectionSet);
        } else if (!seen.has(selection.name.value)) {
          seen.add(selection.name.value);
          // A map without a prototype: the executor makes it of the document, which validation has seen.
          const fragment = this.#info.fragments[selection.name.value];
          if (fragment !== undefined && applies(fragment.typeCondition.name.value, type)) collect(fragment.selectionSet);
        }
      }
    };
    for (const { selectionSet } of nodes) if (selectionSet !== undefined) collect(selectionSet);
    return found;
  }

  #isIncluded(node: { readonly directives?: readonly DirectiveNode[] }): boolean {
    if (node.directives === undefined || node.directives.length === 0) return true;
    this.dependsOnVariables = true;
    // The executor hands on what graphql-js expects here, whatever its type says.
    const values = this.#info.variableValues;
    return (
      getDirectiveValues(GraphQLSkipDirective, node, values)?.if !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, values)?.if !== false
    );
  }
}

function applies(condition: string | undefined, type: GraphQLObjectType): boolean {
  return condition === undefined || condition === type.name || type.getInterfaces().some(({ name }) => name === condition);
}

function textBytes(name: string): number {
  return LONG_TEXTS.has(name) ? 0 : (BYTES_BY_NAME.get(name) ?? BYTES_A_TEXT);
}

function add(sum: Sum, { fields, bytes }: SendPrice): void {
  sum.fields += fields;
  sum.bytes += bytes;
}
