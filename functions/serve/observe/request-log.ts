/** What is known of one request when it has its response. Never variables, tokens or query text. */
export interface RequestRecord {
  requestId: string;
  method: string;
  path: string;
  status: number;
  /** Milliseconds. */
  duration: number;
  responseBytes: number;
  /** Names of the operation's root fields. */
  rootFields?: string[];
  /** Price and depth of the operation, the limit on the price, and the points that were charged. */
  cost?: { complexity: number; limit: number; depth: number; charged?: number };
  /** Fields and bytes of the response, rows and bytes of the history that were read for it. */
  taken?: { fields: number; bytesSent: number; rows: number; bytesRead: number };
  /** The newest ledger that the request saw. */
  ledger?: { sequence: number | null; closedAt: string | null; lagSeconds: number | null; newerProtocolFrom?: number };
  /** Statements that it sent to the database. */
  statements?: number;
  /** The first characters of the signer's public key. */
  keyId?: string;
  /** Why authentication refused. */
  refused?: string;
  errorCodes?: string[];
  /** Errors that the response hides. */
  hidden?: { path: string; message: string; code?: string }[];
}

/** Where records and warnings go. */
export interface Log {
  request(record: RequestRecord): void;
  warn(message: string, facts: Record<string, string>): void;
}

/** A log that keeps nothing. */
export const silentLog: Log = { request: () => {}, warn: () => {} };
