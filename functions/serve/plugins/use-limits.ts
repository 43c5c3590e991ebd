import { type DocumentNode, GraphQLError, type GraphQLSchema, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { PipelineContext } from "../pipeline-context.ts";
import { costOf, countAliases } from "./cost.ts";

/** Deepest operation. */
export const MAX_DEPTH = 15;
/** Aliased fields in a document. */
export const MAX_ALIASES = 500;

/**
 * Refuses what is too deep or too costly, before validation: validating a hostile document is what costs.
 * @param maxComplexity `GRAPHQL_COMPLEXITY_LIMIT`
 */
export function useLimits(schema: GraphQLSchema, maxComplexity: number): Plugin<PipelineContext> {
  return {
    onParse:
      () =>
      ({ context, result, replaceParseResult }) => {
        if (result === null || result instanceof Error) return;
        const error = check(result, context);
        if (error !== null) replaceParseResult(error);
      },
  };

  function check(document: DocumentNode, context: PipelineContext): GraphQLError | null {
    const operation = getOperationAST(document, context.params.operationName);
    if (operation === null || operation === undefined) return null;
    if (countAliases(document) > MAX_ALIASES)
      return new GraphQLError(`document has more than ${MAX_ALIASES} aliases`, { extensions: { code: "GRAPHQL_VALIDATION_FAILED" } });
    const cost = costOf(schema, document, operation, context.params.variables ?? {});
    context.cost = { complexity: cost.complexity, limit: maxComplexity, depth: cost.depth };
    if (cost.depth > MAX_DEPTH) {
      return new GraphQLError(`operation has depth ${cost.depth}, which exceeds the limit of ${MAX_DEPTH}`, {
        extensions: { code: "QUERY_TOO_DEEP" },
      });
    }
    if (cost.complexity > maxComplexity) {
      return new GraphQLError(`operation has complexity ${cost.complexity}, which exceeds the limit of ${maxComplexity}`, {
        extensions: { code: "COMPLEXITY_LIMIT_EXCEEDED" },
      });
    }
    return null;
  }
}
