import { decimalAmount } from "../../shared/columns/amounts.ts";
import { byteaBytes, byteaHex } from "../../shared/columns/bytea.ts";
import type { ClaimableBalanceRow, ClaimantRow } from "../queries/claimable-balances.ts";
import type { SpamReason } from "../schema/enums.generated.ts";
import { type AccountKey, addressText } from "../values/addresses.ts";
import { claimTimes } from "../values/claim-times.ts";
import { type Claimant, type PredicateJson, predicateJson, readClaimants } from "../values/claimants.ts";
import { formatTime, timeOfSeconds } from "../values/time.ts";
import { classicAsset, type ClassicAssetNode } from "./classic-asset.ts";

/** Made in a transaction of more operations, a balance looks like spam. */
const MANY_OPERATIONS = 50;
/** Less XLM, in stroops, than the lowest fee of a claim. */
const LOWEST_FEE = 100n;

/** A `Claimant` on its way to the response. */
export class ClaimantNode {
  readonly destination: string;
  readonly claimableNow: boolean;
  readonly claimableFrom: string | null;
  readonly claimableUntil: string | null;
  readonly #claimant: Claimant;

  constructor(claimant: Claimant, { made_second, closed_second }: ClaimableBalanceRow) {
    const { now, from, until } = claimTimes(
      claimant.predicate,
      made_second === null ? null : BigInt(made_second),
      BigInt(closed_second ?? 0),
    );
    this.destination = claimant.destination;
    this.claimableNow = now;
    this.claimableFrom = from === null ? null : timeOfSeconds(from);
    this.claimableUntil = until === null ? null : timeOfSeconds(until);
    this.#claimant = claimant;
  }

  get predicate(): PredicateJson {
    return predicateJson(this.#claimant.predicate);
  }
}

/** A `ClaimableBalance` on its way to the response. */
export class ClaimableBalanceNode {
  readonly asset: ClassicAssetNode;
  readonly claimants: readonly ClaimantNode[];
  readonly #row: ClaimableBalanceRow;
  readonly #own: ClaimantNode | null;
  readonly #reasons: SpamReason[] | null;

  /**
   * @param asker the account among whose balances it was asked for; null: it was asked for by its id
   * @throws Error for a row that cannot be one
   */
  constructor(row: ClaimableBalanceRow, networkPassphrase: string, asker: { account: AccountKey; isTrusted: boolean } | null) {
    this.asset = classicAsset(networkPassphrase, row.asset_id, row.code, row.issuer);
    this.claimants = readClaimants(byteaBytes(row.claimants)).map((claimant) => new ClaimantNode(claimant, row));
    this.#row = row;
    if (asker === null) {
      this.#own = null;
      this.#reasons = null;
      return;
    }
    const own = this.claimants.find(({ destination }) => destination === asker.account.text);
    if (own === undefined) throw new Error(`${asker.account.text} is no claimant of ${this.id}`);
    this.#own = own;
    this.#reasons = spamReasons(row, asker.account, asker.isTrusted);
  }

  get id(): string {
    return addressText(this.#row.balance_id);
  }
  /** As Horizon has it: XDR `ClaimableBalanceID`, whose type has four bytes where the address has one. */
  get balanceId(): string {
    return `000000${byteaHex(this.#row.balance_id).slice(2)}`;
  }
  get amount(): string {
    return decimalAmount(this.#row.amount);
  }
  get sponsor(): string | null {
    return this.#row.sponsor === null ? null : addressText(this.#row.sponsor);
  }
  get isClawbackEnabled(): boolean {
    return this.#row.is_clawback_enabled;
  }
  /** Id of the operation that made it, and the close time of its ledger as the database writes it; null: unknown. */
  get madeBy(): { operation: string; time: string } | null {
    const { made_by, made_at } = this.#row;
    return made_by === null || made_at === null ? null : { operation: made_by, time: made_at };
  }
  get createdByOperationId(): string | null {
    return this.#row.made_by;
  }
  get createdAt(): string | null {
    return this.#row.made_at === null ? null : formatTime(this.#row.made_at);
  }
  get sinceLedger(): number {
    return this.#row.since_ledger;
  }
  get lastModifiedLedger(): number {
    return this.#row.last_modified_ledger;
  }
  get claimableNow(): boolean | null {
    return this.#own && this.#own.claimableNow;
  }
  get claimableFrom(): string | null {
    return this.#own && this.#own.claimableFrom;
  }
  get claimableUntil(): string | null {
    return this.#own && this.#own.claimableUntil;
  }
  get looksLikeSpam(): boolean | null {
    return this.#reasons && this.#reasons.length > 0;
  }
  get spamReasons(): SpamReason[] | null {
    return this.#reasons;
  }
}

/** Why a balance looks like spam to its claimant (docs/api.md). */
function spamReasons(row: ClaimableBalanceRow, { text }: AccountKey, isTrusted: boolean): SpamReason[] {
  const reasons: SpamReason[] = [];
  const isNative = row.asset_id === null;
  if (!isNative && !isTrusted && row.issuer !== text) reasons.push("UNKNOWN_ASSET");
  if (row.made_with !== null && row.made_with > MANY_OPERATIONS) reasons.push("MANY_OPERATIONS");
  if (isNative && BigInt(row.amount) < LOWEST_FEE) reasons.push("BELOW_FEE");
  return reasons;
}

/** The node of one of an account's balances. @throws Error for a row that cannot be one */
export function balanceOfClaimant(row: ClaimantRow, account: AccountKey, networkPassphrase: string): ClaimableBalanceNode {
  return new ClaimableBalanceNode(row, networkPassphrase, { account, isTrusted: row.is_trusted });
}
