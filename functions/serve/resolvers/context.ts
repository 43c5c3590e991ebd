import type { GraphQLError } from "graphql";
import type { Budget, Taken } from "../loaders/budget.ts";
import type { Loaders } from "../loaders/loaders.ts";

/** A GraphQL request, however it came. */
export interface GraphqlParams {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/** Why nothing that was read may be shown. */
export type Refusal =
  /** The database's schema is older than what the queries read. */
  | { code: "DATABASE_TOO_OLD"; version: number; needed: number }
  /** The passphrases of the network in the database and of the one in the settings. */
  | { code: "NETWORK_MISMATCH"; database: string; setting: string };

/**
 * What becomes known of a request while it is carried out, for its response and the log. A step that was not reached leaves its
 * fact out.
 */
export interface GraphqlFacts {
  /** Names of the root fields. */
  rootFields?: string[];
  /** `charged`: the complexity, or what was read and sent where that is more; absent before it is executed. */
  cost?: { complexity: number; limit: number; depth: number; charged?: number };
  /** What was read and sent. */
  taken?: Taken;
  /** The newest ledger that the snapshot saw. */
  ledger?: {
    sequence: number | null;
    hash: string | null;
    closedAt: string | null;
    protocolVersion: number | null;
    lagSeconds: number | null;
    newerProtocolFrom?: number;
  };
  /** Statements that the snapshot sent. */
  statements?: number;
  /** The result must not be shown. */
  refusal?: Refusal;
  /** No statement was answered, through no fault of the request: the result must not be shown. */
  unavailable?: "DATABASE_UNAVAILABLE" | "OVERLOADED";
}

/** What does not change from request to request. */
export interface SharedContext {
  /** Says in the log what the response must not. */
  readonly warn: (message: string, facts: Record<string, string>) => void;
}

/** What plugins and resolvers of one request share. */
export class Context implements SharedContext {
  readonly params: GraphqlParams;
  readonly warn: SharedContext["warn"];
  readonly facts: GraphqlFacts = {};
  /** Errors that no field of the response stands for: it goes without what they are about. */
  readonly errors: GraphQLError[] = [];
  #loaders: Loaders | null = null;
  #budget: Budget | null = null;

  constructor(params: GraphqlParams, { warn }: SharedContext) {
    this.params = params;
    this.warn = warn;
  }

  /** Reads the request's snapshot. There is one only while the operation is executed. */
  get loaders(): Loaders {
    if (this.#loaders === null) throw new Error("there is no snapshot before the operation is executed");
    return this.#loaders;
  }

  /** What the execution may take, as long as there is a snapshot. */
  get budget(): Budget {
    if (this.#budget === null) throw new Error("there is no budget before the operation is executed");
    return this.#budget;
  }

  /** Lets resolvers read a snapshot within a budget; new ones when the operation is repeated. */
  readFrom(loaders: Loaders, budget: Budget): void {
    this.#loaders = loaders;
    this.#budget = budget;
  }
}
