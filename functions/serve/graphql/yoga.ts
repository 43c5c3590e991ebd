import { type ExecutionResult, GraphQLError, getOperationAST, type GraphQLSchema, Kind } from "graphql";
import { createYoga } from "graphql-yoga";
import type { Pool } from "../database/pool.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import { rootFields } from "./root-fields.ts";
import { useDocuments } from "./plugins/use-documents.ts";
import { useLimits } from "./plugins/use-limits.ts";
import { useSnapshot } from "./plugins/use-snapshot.ts";

export interface YogaOptions {
  schema: GraphQLSchema;
  pool: Pool;
  maxComplexity: number;
  introspection: boolean;
}

/** Runs one GraphQL request through yoga's plugins. */
export type RunGraphql = (context: PipelineContext) => Promise<ExecutionResult>;

/**
 * Yoga without its HTTP side: the contract's statuses and texts differ from yoga's, and its Request and Response cost more
 * than the query by hash itself (read-path, section 1). The plugins run in this order:
 * parse (cached) → limits → validate (cached) → snapshot → execute.
 */
export function createGraphql({ schema, pool, maxComplexity, introspection }: YogaOptions): RunGraphql {
  const yoga = createYoga<PipelineContext>({
    schema,
    logging: false,
    graphiql: false,
    landingPage: false,
    batching: false,
    cors: false,
    multipart: false,
    maskedErrors: false,
    parserAndValidationCache: false,
    plugins: [useDocuments(schema, introspection), useLimits(schema, maxComplexity), useSnapshot(pool)],
  });

  return async (context) => {
    const { query, variables, operationName } = context.params;
    if (query.trim() === "") return refusal("no operation provided");
    const enveloped = yoga.getEnveloped(context);
    try {
      const document = enveloped.parse(query);
      if (!document.definitions.some(({ kind }: { kind: string }) => kind === Kind.OPERATION_DEFINITION))
        return refusal("no operation provided");
      // Before validation, which is dear: an operation that cannot be chosen was not priced either.
      const operation = getOperationAST(document, operationName);
      if (operation == null) return refusal(`operation ${operationName ?? ""} not found`);
      context.rootFields = rootFields(schema, operation);
      const errors = enveloped.validate(enveloped.schema, document);
      if (errors.length > 0) return { errors };
      const contextValue = await enveloped.contextFactory();
      return (await enveloped.execute({
        schema: enveloped.schema,
        document,
        contextValue,
        variableValues: variables,
        operationName,
      })) as ExecutionResult;
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  };
}

function refusal(message: string): ExecutionResult {
  return { errors: [new GraphQLError(message, { extensions: { code: "GRAPHQL_VALIDATION_FAILED" } })] };
}
