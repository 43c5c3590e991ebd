import type { Loaders } from "../loaders/loaders.ts";
import type { Snapshot } from "../database/snapshot.ts";

/** What resolvers of one request share. */
export interface Context {
  readonly snapshot: Snapshot;
  readonly loaders: Loaders;
  /** The network's passphrase: asset contracts depend on it. */
  readonly networkPassphrase: string;
  /** Says in the log what the answer must not. */
  readonly warn: (message: string, facts: Record<string, string>) => void;
}
