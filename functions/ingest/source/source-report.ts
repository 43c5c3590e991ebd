/** What an operator wants to know of a live source, beside its ledgers. */
export type SourceReport =
  /** A request failed and is sent again. */
  | { type: "retry"; source: string; reason: string }
  /** The fallback goes on with another source, at this ledger. */
  | { type: "switch"; source: string; ledger: number; reason: string };

/** Is told; must not throw. */
export type Report = (report: SourceReport) => void;
