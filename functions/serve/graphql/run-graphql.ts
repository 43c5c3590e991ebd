import { type DocumentNode, type ExecutionResult, GraphQLError, getOperationAST, type GraphQLSchema, Kind } from "graphql";
import { createYoga } from "graphql-yoga";
import type { Pool } from "../database/pool.ts";
import { Context, type GraphqlFacts, type GraphqlParams, type SharedContext } from "../resolvers/context.ts";
import type { HiddenError } from "../errors/hidden-error.ts";
import { type GraphqlResponse, maskErrors } from "./mask-errors.ts";
import { readMember } from "./failures.ts";
import { useDocuments } from "./plugins/use-documents.ts";
import { useLimits } from "./plugins/use-limits.ts";
import { useSnapshot } from "./plugins/use-snapshot.ts";
import { rootFields } from "./root-fields.ts";

export type { GraphqlFacts, GraphqlParams, Refusal } from "../resolvers/context.ts";
export type { GraphqlResponse } from "./mask-errors.ts";

/** What running GraphQL needs. */
interface GraphqlOptions extends SharedContext {
  schema: GraphQLSchema;
  pool: Pool;
  maxComplexity: number;
  introspection: boolean;
  /** Passphrase of the network that the settings name; null: the database decides. */
  networkPassphrase: string | null;
}

/** What came of a GraphQL request. */
interface GraphqlOutcome {
  response: GraphqlResponse;
  /** For the log: what the response hides. */
  hidden: HiddenError[];
  facts: GraphqlFacts;
}

/** Runs one GraphQL request. Rejects only for faults of our own. */
export type RunGraphql = (params: GraphqlParams) => Promise<GraphqlOutcome>;

/**
 * Yoga with our plugins and without its HTTP side; docs/decisions/0012-yoga-without-its-http.md says why. An operation passes
 * parse (cached) → limits → validate (cached) → snapshot → execute → mask errors.
 */
export function createGraphql({ schema, pool, maxComplexity, introspection, networkPassphrase, ...shared }: GraphqlOptions): RunGraphql {
  const yoga = createYoga<Context>({
    schema,
    logging: false,
    graphiql: false,
    landingPage: false,
    batching: false,
    cors: false,
    multipart: false,
    maskedErrors: false,
    parserAndValidationCache: false,
    plugins: [useDocuments(schema, introspection), useLimits(schema, maxComplexity), useSnapshot(pool, networkPassphrase, maxComplexity)],
  });

  return async (params) => {
    const context = new Context(params, shared);
    let result: ExecutionResult;
    try {
      const enveloped = yoga.getEnveloped(context);
      const prepared = prepare(enveloped, context);
      if ("kind" in prepared) {
        const contextValue = await enveloped.contextFactory();
        const { variables: variableValues, operationName } = params;
        const args = { schema, document: prepared, contextValue, variableValues, operationName, fieldResolver: readMember };
        result = (await enveloped.execute(args)) as ExecutionResult;
      } else result = prepared;
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      result = { errors: [error] };
    }
    if (context.errors.length > 0) result = { ...result, errors: [...(result.errors ?? []), ...context.errors] };
    return outcomeOf(result, context.facts);
  };

  /** Everything before execution: the document, or the result that refuses it. @throws GraphQLError from the parser and the limits */
  function prepare(enveloped: ReturnType<typeof yoga.getEnveloped>, context: Context): DocumentNode | ExecutionResult {
    const { query, operationName } = context.params;
    if (query.trim() === "") return refusal("no operation provided");
    const document: DocumentNode = enveloped.parse(query);
    if (!document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION)) return refusal("no operation provided");
    // Before validation, which is expensive: an operation that cannot be chosen was not priced either.
    const operation = getOperationAST(document, operationName);
    if (operation == null) return refusal(`operation ${operationName ?? ""} not found`);
    context.facts.rootFields = rootFields(schema, operation);
    const errors: readonly GraphQLError[] = enveloped.validate(schema, document);
    return errors.length > 0 ? { errors } : document;
  }
}

function outcomeOf(result: ExecutionResult, facts: GraphqlFacts): GraphqlOutcome {
  const { response, hidden } = maskErrors(result);
  const { cost, ledger } = facts;
  if (cost !== undefined) response.extensions = ledger === undefined ? { cost } : { cost, ledger };
  return { response, hidden, facts };
}

function refusal(message: string): ExecutionResult {
  return { errors: [new GraphQLError(message, { extensions: { code: "GRAPHQL_VALIDATION_FAILED" } })] };
}
