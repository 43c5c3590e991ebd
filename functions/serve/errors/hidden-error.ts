import { codeOf } from "../../shared/database/error-codes.ts";

/** An error that the response hides; its text belongs in the log. */
export interface HiddenError {
  path: string;
  message: string;
  /** SQLSTATE, or the code of the driver or the operating system; absent when the error has none. */
  code?: string;
}

/** An error that a response hides, for the log. Anything may be thrown. */
export function hiddenError(path: string, error: unknown): HiddenError {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  return code === "" ? { path, message } : { path, message, code };
}
