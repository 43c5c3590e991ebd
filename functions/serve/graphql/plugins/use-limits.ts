import { type DocumentNode, GraphQLError, type GraphQLSchema, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Context, GraphqlParams } from "../../resolvers/context.ts";
import { countAliases } from "../aliases.ts";
import { type Cost, givenLength, givenSize, priceOf } from "../cost.ts";

/** Deepest operation. */
const MAX_DEPTH = 15;
/** Aliased fields in a document. */
const MAX_ALIASES = 500;
/** Prices of one document that are remembered: one for each combination of page sizes. */
const MAX_PRICES = 64;

interface Known {
  tooManyAliases: boolean;
  /** The variables that the price depends on; null before the first price. */
  variables: ReadonlySet<string> | null;
  prices: Map<string, Cost>;
}

/**
 * Refuses what is too deep or too costly, before validation: validating a hostile document is what costs.
 * @param maxComplexity `GRAPHQL_COMPLEXITY_LIMIT`
 */
export function useLimits(schema: GraphQLSchema, maxComplexity: number): Plugin<Context> {
  const known = new WeakMap<DocumentNode, Known>();

  return {
    onParse:
      () =>
      ({ context, result, replaceParseResult }) => {
        if (result === null || result instanceof Error) return;
        const error = check(result, context);
        if (error !== null) replaceParseResult(error);
      },
  };

  function check(document: DocumentNode, context: Pick<Context, "params" | "facts">): GraphQLError | null {
    let entry = known.get(document);
    if (entry === undefined) {
      entry = { tooManyAliases: countAliases(document) > MAX_ALIASES, variables: null, prices: new Map() };
      known.set(document, entry);
    }
    if (entry.tooManyAliases) {
      return new GraphQLError(`document has more than ${MAX_ALIASES} aliases`, { extensions: { code: "GRAPHQL_VALIDATION_FAILED" } });
    }
    const cost = price(entry, document, context.params);
    if (cost === null) return null;
    const { complexity, depth } = cost;
    context.facts.cost = { complexity, limit: maxComplexity, depth };
    if (depth > MAX_DEPTH) {
      return new GraphQLError(`operation has depth ${depth}, which exceeds the limit of ${MAX_DEPTH}`, {
        extensions: { code: "QUERY_TOO_DEEP" },
      });
    }
    if (complexity > maxComplexity) {
      return new GraphQLError(`operation has complexity ${complexity}, which exceeds the limit of ${maxComplexity}`, {
        extensions: { code: "COMPLEXITY_LIMIT_EXCEEDED" },
      });
    }
    return null;
  }

  /** The operation's price, remembered by its page sizes and lengths of lists; null without an operation. */
  function price(entry: Known, document: DocumentNode, { operationName, variables = {} }: GraphqlParams): Cost | null {
    const key = (names: ReadonlySet<string>): string =>
      `${operationName ?? ""}\n${[...names].map((name) => `${givenSize(variables, name)} ${givenLength(variables, name)}`).join()}`;
    const found = entry.variables === null ? undefined : entry.prices.get(key(entry.variables));
    if (found !== undefined) return found;
    const operation = getOperationAST(document, operationName);
    if (operation === null || operation === undefined) return null;
    const pricing = priceOf(schema, document, operation, variables);
    const { complexity, depth } = pricing.specified();
    // The specification's number stands as long as it fits: beyond it a client of the reference implementation would be refused.
    const cost = { complexity: complexity > maxComplexity ? pricing.exclusive() : complexity, depth };
    entry.variables = new Set([...(entry.variables ?? []), ...pricing.variables]);
    if (entry.prices.size >= MAX_PRICES) entry.prices.clear();
    entry.prices.set(key(entry.variables), cost);
    return cost;
  }
}
