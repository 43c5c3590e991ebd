import { INGEST_VARIABLES } from "../../functions/ingest/environment.ts";
import { MIGRATE_VARIABLES } from "../../functions/migrate/environment.ts";
import { SERVE_VARIABLES } from "../../functions/serve/environment.ts";
import { type EnvironmentValues, formatValue } from "../../functions/shared/variables.ts";

/** The record of each function's variables, by its folder in functions/. */
export const FUNCTION_VARIABLES = { ingest: INGEST_VARIABLES, serve: SERVE_VARIABLES, migrate: MIGRATE_VARIABLES } as const;

/** A folder in functions/ whose index.ts exports `handler`. */
export type FunctionName = keyof typeof FUNCTION_VARIABLES;

/** A variable of any of the functions. */
export type VariableName = { [Name in FunctionName]: keyof (typeof FUNCTION_VARIABLES)[Name] }[FunctionName];

/** What a deployment writes into a function's environment: a name that the function does not know, and one that is missing, do not compile. */
export type FunctionEnvironment<Name extends FunctionName> = EnvironmentValues<(typeof FUNCTION_VARIABLES)[Name]>;

/** The environment as the template has it: text, without the variables that are left unset. */
export function environmentOf<Name extends FunctionName>(values: FunctionEnvironment<Name>): Record<string, string> {
  const given = Object.entries<Parameters<typeof formatValue>[0] | undefined>(values);
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, formatValue(value)]])));
}
