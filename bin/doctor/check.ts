import type { Database } from "../../functions/shared/database/session.ts";

/** What one check found. */
export interface Finding {
  /** `warn`: works, but not as it should. `fail`: does not work. */
  level: "ok" | "warn" | "fail";
  message: string;
  /** What to do; absent when nothing is. */
  advice?: string;
}

/** What the checks look at. */
export interface Patient {
  environment: NodeJS.ProcessEnv;
  /** A session as ingest opens it. */
  sql: Database;
}

/** One thing that can be wrong. Throws nothing but what the database or the source throws. */
export interface Check {
  name: string;
  run(patient: Patient): Promise<Finding>;
}

export const ok = (message: string): Finding => ({ level: "ok", message });
export const warn = (message: string, advice: string): Finding => ({ level: "warn", message, advice });
export const fail = (message: string, advice: string): Finding => ({ level: "fail", message, advice });
