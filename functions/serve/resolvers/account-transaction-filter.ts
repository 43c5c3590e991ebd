import type { GraphQLResolveInfo } from "graphql";
import { bitOf, kindNumbers } from "../../shared/columns/history/link-kinds.ts";
import { mayBeHidden, mayBeOfToken, mayHaveCounterparty, type TransactionRef } from "../../shared/columns/history/link-refs.ts";
import { badInput, invalidAddress } from "../errors/client-errors.ts";
import type { StateChangeNode } from "../nodes/state-change.ts";
import type { TransactionNode } from "../nodes/transaction.ts";
import { type AccountKey, accountOf, partyOf } from "../values/addresses.ts";
import { assetContract } from "../values/asset-contract.ts";
import { tokenName } from "../values/token-names.ts";
import { argumentPath } from "./arguments.ts";
import type { Context } from "./context.ts";
import { readMemoFilter } from "./memo-filter.ts";
import type { AccountTransactionFilterInput, StateChangeKindInput } from "./resolver-types.generated.ts";

/** Longest list in a filter: every condition is tried on every link of a page. */
const MAX_CONDITIONS = 30;
/** Every bit of `account_links.kinds`. */
const ANY_KIND = -1;

/** Which transactions of an account match. */
interface TransactionFilter {
  /** Bits of `account_links.kinds`, one of which a link must have; null: any link. */
  kinds: number | null;
  /** May the transaction match, by what the link holds of it? False: it does not. */
  mayMatch(ref: TransactionRef): boolean;
  /** Does the transaction match? */
  matches(node: TransactionNode): boolean;
}

const NO_FILTER: TransactionFilter = { kinds: null, mayMatch: () => true, matches: () => true };

/** Conditions on one state change of the account; null is none. */
interface ChangeConditions {
  kinds: readonly StateChangeKindInput[] | null;
  tokens: readonly AccountKey[] | null;
  counterparty: AccountKey | null;
}

/**
 * Reads the filter of an account's transactions.
 * @param info of the field that has the filter as its argument `filter`
 * @returns "nothing" when no transaction can match
 * @throws GraphQLError BAD_USER_INPUT, INVALID_ADDRESS
 */
export async function readTransactionFilter(
  input: AccountTransactionFilterInput | null | undefined,
  account: AccountKey,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<TransactionFilter | "nothing"> {
  if (input === null || input === undefined) return NO_FILTER;
  const conditions: ChangeConditions = {
    kinds: listOf(input.kinds, "kinds", info),
    tokens: await readTokens(listOf(input.tokens, "tokens", info), context, info),
    counterparty: readCounterparty(input.counterparty, info),
  };
  const [changed, successful] = [input.changed ?? null, input.successful ?? null];
  const memo = input.memo === null || input.memo === undefined ? null : readMemoFilter(input.memo);
  const isOfChange = conditions.kinds !== null || conditions.tokens !== null || conditions.counterparty !== null;
  if (isOfChange && changed === false) return "nothing";
  const numbers = numbersOf(conditions);
  if (memo === "nothing" || (numbers !== null && numbers.size === 0)) return "nothing";
  const mayHoldChange = isOfChange ? await promiseOf(conditions, numbers, context) : () => true;
  return {
    kinds: numbers !== null ? bitsOf(numbers) : isOfChange || changed === true ? ANY_KIND : null,
    mayMatch: (ref) =>
      (successful === null || ref.successful === successful) &&
      (changed === null || (changed ? ref.changes.length > 0 : ref.changes.every(mayBeHidden))) &&
      mayHoldChange(ref),
    matches(node) {
      if (successful !== null && node.successful !== successful) return false;
      if (memo !== null && !node.hasMemo(memo)) return false;
      if (changed === null && !isOfChange) return true;
      const changes = node.stateChangesOf(account);
      if (changed !== null && changes.length > 0 !== changed) return false;
      return !isOfChange || hasChange(changes, conditions);
    },
  };
}

/** What a link promises of the changes in a transaction: hashes may be equal by chance, and lists may be too long to be kept. */
async function promiseOf(
  { tokens, counterparty }: ChangeConditions,
  numbers: ReadonlySet<number> | null,
  { loaders }: Context,
): Promise<(ref: TransactionRef) => boolean> {
  const tokenHashes = tokens && (await loaders.accounts.shortHashes(tokens));
  const counterpartyHash = counterparty && (await loaders.accounts.shortHashes([counterparty]))[0]!;
  return ({ changes }) =>
    changes.some(
      (change) =>
        (numbers === null || numbers.has(change.kind)) &&
        (tokenHashes === null || tokenHashes.some((hash) => mayBeOfToken(change, hash))) &&
        (counterpartyHash === null || mayHaveCounterparty(change, counterpartyHash)),
    );
}

/** Is one of the account's changes in the transaction as the conditions say? */
function hasChange(changes: readonly StateChangeNode[], { kinds, tokens, counterparty }: ChangeConditions): boolean {
  return changes.some(
    (change) =>
      (kinds === null ||
        kinds.some(({ category, reason }) => change.category === category && (reason ?? change.reason) === change.reason)) &&
      (tokens === null || tokens.some(({ column }) => change.tokenColumn === column)) &&
      (counterparty === null || change.counterpartyColumn === counterparty.column),
  );
}

/** The numbers of the kinds that a change may have; null: any. */
function numbersOf({ kinds, counterparty }: ChangeConditions): ReadonlySet<number> | null {
  const asked = kinds === null ? null : kinds.flatMap(({ category, reason }) => kindNumbers(category, reason ?? null));
  if (counterparty === null) return asked && new Set(asked);
  const movements = new Set(kindNumbers("BALANCE", null));
  return asked === null ? movements : new Set(asked.filter((number) => movements.has(number)));
}

function bitsOf(numbers: ReadonlySet<number>): number {
  let bits = 0;
  for (const number of numbers) bits |= bitOf(number);
  return bits;
}

function listOf<Member>(list: readonly Member[] | null | undefined, name: string, info: GraphQLResolveInfo): readonly Member[] | null {
  if (list === null || list === undefined) return null;
  const path = argumentPath(info, "filter", name);
  if (list.length === 0) throw badInput(`${name} must not be empty: leave it out for any`, path);
  if (list.length > MAX_CONDITIONS) throw badInput(`${name} must have at most ${MAX_CONDITIONS} members`, path);
  return list;
}

function readTokens(list: readonly string[] | null, context: Context, info: GraphQLResolveInfo): Promise<AccountKey[]> | null {
  return list && Promise.all(list.map((token, at) => readToken(token, at, context, info)));
}

/** The contract of a token. @param at its place in the list */
async function readToken(text: string, at: number, { loaders }: Context, info: GraphQLResolveInfo): Promise<AccountKey> {
  const token = tokenName(text);
  if (token?.kind === "contract") return token.contract;
  if (token?.kind === "native" || token?.kind === "asset") return accountOf(assetContract(await loaders.networkPassphrase(), text))!;
  throw badInput("invalid token: must be a contract address (C...), native or CODE:ISSUER", argumentPath(info, "filter", "tokens", at));
}

function readCounterparty(text: string | null | undefined, info: GraphQLResolveInfo): AccountKey | null {
  if (text === null || text === undefined) return null;
  const counterparty = partyOf(text);
  if (counterparty === null)
    throw invalidAddress(
      text,
      argumentPath(info, "filter", "counterparty"),
      "account (G...), contract (C...), liquidity pool (L...) or claimable balance (B...) address",
    );
  return counterparty;
}
