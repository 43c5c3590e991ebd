import type { GraphQLResolveInfo } from "graphql";
import { ASSET_DECIMALS } from "../../shared/columns/amounts.ts";
import { assetText, NATIVE_ASSET } from "../../shared/columns/asset.ts";
import { assetUuid, contractUuid } from "../../shared/columns/uuid5.ts";
import { badInput } from "../errors/client-errors.ts";
import type { Loaders } from "../loaders/loaders.ts";
import { type BalanceSource, comparePlaces } from "../pagination/cursors.ts";
import type { BalanceKeys, BalanceRow } from "../queries/balances/page.ts";
import { USABLE } from "../queries/balances/usable.ts";
import type { AccountKey } from "../values/addresses.ts";
import { assetContract } from "../values/asset-contract.ts";
import { type TokenName, tokenName } from "../values/token-names.ts";
import { argumentPath } from "./arguments.ts";

/** Most tokens of one list. */
const MAX_TOKENS = 100;

/** Where a balance in a token would stand. */
interface AskedBalance {
  source: BalanceSource;
  key: string;
  /** The row that says that there is none; null: what the token is, or its decimals, are not known. */
  zero: BalanceRow | null;
}

/** The tokens that the argument `tokens` names. @throws GraphQLError BAD_USER_INPUT */
export function readTokens(list: readonly string[], info: GraphQLResolveInfo): TokenName[] {
  const path = argumentPath(info, "tokens");
  if (list.length === 0) throw badInput("tokens must not be empty: leave it out for all", path);
  if (list.length > MAX_TOKENS) throw badInput(`tokens must have at most ${MAX_TOKENS} members`, path);
  return list.map((text, at) => {
    const token = tokenName(text);
    if (token !== null) return token;
    throw badInput("invalid token: must be a contract address (C...), native, CODE:ISSUER or the id of a pool", [...path, at]);
  });
}

/** Where accounts of one kind would hold some tokens. */
interface AskedBalances {
  /** In the order of balances, each once. A token that such an account cannot hold has none. */
  places: readonly AskedBalance[];
  keys: BalanceKeys;
}

/** By kind of account and tokens: a list of accounts asks for the same of each. */
const known = new WeakMap<Loaders, Map<string, Promise<AskedBalances>>>();

/** Where an account would hold these tokens. */
export function askedBalances(tokens: readonly TokenName[], account: AccountKey, loaders: Loaders): Promise<AskedBalances> {
  let byTokens = known.get(loaders);
  if (byTokens === undefined) known.set(loaders, (byTokens = new Map()));
  const key = `${account.isContract} ${tokens.map(({ text }) => text).join(" ")}`;
  let asked = byTokens.get(key);
  if (asked === undefined) byTokens.set(key, (asked = findPlaces(tokens, account, loaders)));
  return asked;
}

async function findPlaces(tokens: readonly TokenName[], account: AccountKey, loaders: Loaders): Promise<AskedBalances> {
  const passphrase = await loaders.networkPassphrase();
  const found = await Promise.all(tokens.map((token) => placesOf(token, account, passphrase, loaders)));
  const places = [...new Map(found.flat().map((asked) => [`${asked.source}:${asked.key}`, asked])).values()].sort(comparePlaces);
  const keys: Partial<Record<BalanceSource, string[]>> = {};
  for (const { source, key } of places) (keys[source] ??= []).push(key);
  return { places, keys };
}

async function placesOf(token: TokenName, account: AccountKey, passphrase: string, { tokens }: Loaders): Promise<AskedBalance[]> {
  switch (token.kind) {
    case "native":
      return [nativePlace()];
    case "asset":
      return [assetPlace(token, account, passphrase)];
    case "pool": {
      if (account.isContract) return [];
      const pool = await tokens.pools.load({ id: token.id });
      return [{ source: "lp", key: token.id, zero: pool === undefined ? null : { ...NOTHING, source: "lp", key: token.id, ...pool } }];
    }
    case "contract": {
      const { text } = token.contract;
      if (text === assetContract(passphrase, NATIVE_ASSET)) return [nativePlace()];
      const known = (await tokens.contracts.load({ id: text, contract: token.contract }))!;
      const { code, issuer } = known;
      if (known.type !== "SEP41" && code !== null && issuer !== null) return [assetPlace({ code, issuer }, account, passphrase)];
      const key = contractUuid(text);
      const { type, name, symbol, decimals } = known;
      const { balances_from, newest_ledger: as_of_ledger, events_differ } = known;
      const read = { read_from: balances_from ?? "PARTIAL", as_of_ledger, events_differ, is_held: false };
      const zero = { ...NOTHING, source: "sep41" as const, key, contract_id: text, name, symbol, decimals, ...read };
      // Balances of a token whose decimals are not known may be there all the same.
      return [{ source: "sep41", key, zero: type === "SEP41" && decimals !== null ? zero : null }];
    }
  }
}

/** What every row of a balance without an entry says. */
const NOTHING = { ordinal: 0, balance: "0", last_modified_ledger: 0, sponsor: null, ...USABLE };

function nativePlace(): AskedBalance {
  const amounts = { minimum_balance: "0", buying_liabilities: "0", selling_liabilities: "0", num_subentries: 0 };
  return { source: "native", key: NATIVE_ASSET, zero: { ...NOTHING, source: "native", key: NATIVE_ASSET, ...amounts } };
}

/** An account holds an asset on a trustline, a contract in the asset's contract. */
function assetPlace({ code, issuer }: { code: string; issuer: string }, account: AccountKey, passphrase: string): AskedBalance {
  if (account.isContract) {
    const contract_id = assetContract(passphrase, assetText(code, issuer));
    const key = contractUuid(contract_id);
    const flags = { is_authorized: false, is_clawback_enabled: false };
    const zero = { ...NOTHING, source: "sac" as const, key, contract_id, code, issuer, decimals: ASSET_DECIMALS, ...flags };
    return { source: "sac", key, zero: { ...zero, balance: "0.0000000" } };
  }
  const key = assetUuid(code, issuer);
  const amounts = { trust_limit: "0", buying_liabilities: "0", selling_liabilities: "0" };
  return { source: "classic", key, zero: { ...NOTHING, source: "classic", key, code, issuer, ...amounts, flags: 0 } };
}
