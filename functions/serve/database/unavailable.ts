import { verdictOn } from "../../shared/database/error-codes.ts";
import { WalletError } from "../../shared/errors.ts";

/** Why the API has no response for now, though nothing is wrong with the request. */
export type Unavailable = "DATABASE_UNAVAILABLE" | "OVERLOADED";

/** More requests want a connection than there are, or are to be expected soon. */
export class Overloaded extends Error {
  override readonly name = "Overloaded";
  readonly code = "OVERLOADED";
}

/** Whether an error of a statement says that the database cannot be used for now, or its connections are all taken; null: neither. */
export function unavailability(error: unknown): Unavailable | null {
  if (error instanceof Overloaded) return "OVERLOADED";
  if (error instanceof WalletError) return error.code === "DATABASE_UNREACHABLE" ? "DATABASE_UNAVAILABLE" : null;
  const { lost, unreachable, unusable } = verdictOn(error);
  return lost === true || unreachable === true || unusable === true ? "DATABASE_UNAVAILABLE" : null;
}
