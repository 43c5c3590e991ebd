import type { AccountFlag, SignerType } from "../schema/enums.generated.ts";
import type { AccountKey } from "../values/addresses.ts";

/** An `AccountRecord` on its way to the response. */
export interface AccountRecordNode {
  /** Whose it is. */
  readonly account: AccountKey;
  readonly sequence: string;
  readonly sequenceLedger: number | null;
  readonly sequenceTime: string | null;
  readonly subentries: number;
  readonly sponsoring: number;
  readonly sponsored: number;
  readonly sponsor: string | null;
  readonly flags: AccountFlag[];
  readonly thresholds: { low: number; medium: number; high: number };
  readonly masterWeight: number;
  readonly homeDomain: string | null;
  readonly inflationDestination: string | null;
  readonly signers: AccountSignerNode[];
  readonly lastModifiedLedger: number;
  readonly removedLedger: number | null;
}

/** An `AccountSigner` on its way to the response. */
interface AccountSignerNode {
  readonly key: string;
  readonly type: SignerType;
  readonly weight: number;
  readonly sponsor: string | null;
}

/** An `AccountData` on its way to the response. */
export interface AccountDataNode {
  readonly name: string;
  readonly nameBase64: string;
  readonly value: string;
  readonly valueText: string | null;
  readonly sponsor: string | null;
  readonly lastModifiedLedger: number;
}
