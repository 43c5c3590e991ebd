import { type Words, XdrError } from "../../shared/xdr/words.ts";
import { CryptoKeyType, OperationType, readExtendFootprintTtlOp, skipOperation } from "../../shared/xdr/xdr.generated.ts";
import { bumpSequenceDetails, manageDataDetails, setOptionsDetails } from "./account-settings.ts";
import type { Details, DetailsReader, Outcome } from "./body.ts";
import {
  claimClaimableBalanceDetails,
  clawbackClaimableBalanceDetails,
  clawbackDetails,
  createClaimableBalanceDetails,
} from "./claimable-balances.ts";
import { invokeHostFunctionDetails } from "./host-functions.ts";
import { createPassiveSellOfferDetails, manageBuyOfferDetails, manageSellOfferDetails } from "./offers.ts";
import { type Party, partyAt } from "./party.ts";
import {
  accountMergeDetails,
  createAccountDetails,
  pathPaymentStrictReceiveDetails,
  pathPaymentStrictSendDetails,
  paymentDetails,
} from "./payments.ts";
import { liquidityPoolDepositDetails, liquidityPoolWithdrawDetails } from "./pools.ts";
import { beginSponsoringDetails, endSponsoringDetails, revokeSponsorshipDetails } from "./sponsorships.ts";
import { allowTrustDetails, changeTrustDetails, setTrustLineFlagsDetails } from "./trustlines.ts";

const nothing: DetailsReader = () => ({});

const READERS: Readonly<Record<number, DetailsReader>> = {
  [OperationType.createAccount]: createAccountDetails,
  [OperationType.payment]: paymentDetails,
  [OperationType.pathPaymentStrictReceive]: pathPaymentStrictReceiveDetails,
  [OperationType.manageSellOffer]: manageSellOfferDetails,
  [OperationType.createPassiveSellOffer]: createPassiveSellOfferDetails,
  [OperationType.setOptions]: setOptionsDetails,
  [OperationType.changeTrust]: changeTrustDetails,
  [OperationType.allowTrust]: allowTrustDetails,
  [OperationType.accountMerge]: accountMergeDetails,
  [OperationType.inflation]: nothing,
  [OperationType.manageData]: manageDataDetails,
  [OperationType.bumpSequence]: bumpSequenceDetails,
  [OperationType.manageBuyOffer]: manageBuyOfferDetails,
  [OperationType.pathPaymentStrictSend]: pathPaymentStrictSendDetails,
  [OperationType.createClaimableBalance]: createClaimableBalanceDetails,
  [OperationType.claimClaimableBalance]: claimClaimableBalanceDetails,
  [OperationType.beginSponsoringFutureReserves]: beginSponsoringDetails,
  [OperationType.endSponsoringFutureReserves]: endSponsoringDetails,
  [OperationType.revokeSponsorship]: revokeSponsorshipDetails,
  [OperationType.clawback]: clawbackDetails,
  [OperationType.clawbackClaimableBalance]: clawbackClaimableBalanceDetails,
  [OperationType.setTrustLineFlags]: setTrustLineFlagsDetails,
  [OperationType.liquidityPoolDeposit]: liquidityPoolDepositDetails,
  [OperationType.liquidityPoolWithdraw]: liquidityPoolWithdrawDetails,
  [OperationType.invokeHostFunction]: invokeHostFunctionDetails,
  [OperationType.extendFootprintTtl]: ({ x, at }) => ({ extend_to: readExtendFootprintTtlOp(x, at).extendTo }),
  [OperationType.restoreFootprint]: nothing,
};

/** An operation in its transaction, of which only the source was looked at. */
export class OperationHead {
  readonly x: Words;
  /** The bytes of `x`. */
  readonly xdr: Buffer;
  /** Its own source; null: it has the transaction's. */
  readonly ownSource: Party | null;
  /** Word offset: its type. */
  readonly body: number;
  readonly #start: number;
  readonly #end: number;

  /**
   * @param x the transaction's words, `xdr` their bytes
   * @param start word offset where the operation begins, `end` where it ends
   * @throws XdrError
   */
  constructor(x: Words, xdr: Buffer, start: number, end: number) {
    // `MuxedAccount?`, whose arms have 8 words and, with an id, 10.
    const hasSource = x[start] === 1;
    const isMuxed = hasSource && x[start + 1] === CryptoKeyType.keyTypeMuxedEd25519;
    if (x[start] !== 0 && !isMuxed && !(hasSource && x[start + 1] === CryptoKeyType.keyTypeEd25519))
      throw new XdrError("Operation", start * 4);
    this.x = x;
    this.xdr = xdr;
    this.body = start + (isMuxed ? 12 : hasSource ? 10 : 1);
    this.ownSource = hasSource ? partyAt(x, start + 1) : null;
    this.#start = start;
    this.#end = end;
  }

  /**
   * What the operation says, in Horizon's names.
   * @param source its own, else the transaction's
   * @throws XdrError when it is of a type or has values that this code does not know, as later protocols may
   */
  details(source: Party, outcome: Outcome): Details {
    const { x, xdr, body } = this;
    // An operation of the same transaction may have been given up halfway.
    x.depth = 0;
    if (skipOperation(x, this.#start) !== this.#end) throw new XdrError("Operation", this.#end * 4);
    return READERS[x[body]!]!({ x, xdr, at: body + 1, source, outcome });
  }
}
