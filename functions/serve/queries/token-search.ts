import type { Snapshot } from "../database/snapshot.ts";
import type { TokenPlace } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";

/** Tokens found by their name that a statement looks at at most: those whose symbol begins so too are passed by. */
export const MOST_NAMED = 1_000;

/** A token that was found; or the place where the statement gave up looking. */
export interface FoundToken extends TokenPlace {
  /** The search's place in the list that was asked for, from 1. */
  ordinal: number;
  kind: "NATIVE" | "ASSET" | "CONTRACT" | "STOP";
}

/**
 * A page of the tokens that each text finds, by what they are found by: each is in the list once, by its symbol or code if that begins with the
 * text, else by its name. Assets are looked for among those of trustlines and among Stellar Asset Contracts: what both know is the same place.
 * XLM is found without a row; the one that its contract may have has an empty issuer.
 * @param searches without capitals A to Z
 */
export function searchTokens(
  snapshot: Snapshot,
  searches: readonly string[],
  { backward, cursor, limit }: Page<TokenPlace>,
): Promise<FoundToken[]> {
  return snapshot.query<FoundToken>((sql) => {
    const travel = backward ? sql`desc` : sql``;
    const than = backward ? sql`<` : sql`>`;
    type Fragment = typeof travel;
    const begins = (key: Fragment): Fragment => sql`${key} >= k.text and ${key} < k.end`;
    const behind = (key: Fragment, tie: Fragment, code?: Fragment): Fragment =>
      cursor === null
        ? sql``
        : code === undefined
          ? sql`and (${key}, ${tie}) ${than} (${cursor.key}::text, ${cursor.tie}::text)`
          : sql`and (${key}, ${tie}, ${code}) ${than} (${cursor.key}::text, ${cursor.tie}::text, ${cursor.code}::text)`;
    const [tie, code] = [sql`issuer collate "C"`, sql`code collate "C"`];
    const codeKey = sql`lower(code collate "C")`;
    const assets = (from: Fragment): Fragment => sql`(
      select ${codeKey}, ${tie}, ${code}, 'ASSET' ${from} ${begins(codeKey)} ${behind(codeKey, tie, code)}
      order by ${codeKey} ${travel}, ${tie} ${travel}, ${code} ${travel} limit ${limit + 1})`;
    const contract = sql`contract_id collate "C"`;
    const [symbol, name] = [sql`lower(symbol collate "C")`, sql`lower(name collate "C")`];
    const contracts = (key: Fragment, rows: Fragment): Fragment => sql`select ${key} as key, ${contract} as contract_id, symbol
      from contract_tokens where type in ('SEP41', 'SEP50') and ${begins(key)} ${behind(key, contract)} order by ${key} ${travel}, ${contract} ${travel} ${rows}`;
    const order = sql`f.key ${travel}, f.tie ${travel}, f.code ${travel}, f.kind`;
    return sql`
      select k.ordinal::integer, f.* from unnest(${textArray(searches)}::text[], ${textArray(searches.map(endOfPrefix))}::text[]) with ordinality k (text, "end", ordinal)
      cross join lateral (
        select distinct on (f.key, f.tie, f.code, f.kind) f.key, f.tie, f.code, f.kind from (
          (select key, '' as tie, '' as code, 'NATIVE' as kind from (values ('xlm'), ('native')) n (key)
            where starts_with(key, k.text) ${behind(sql`key collate "C"`, sql`''`)})
          union all ${assets(sql`from trustline_assets where`)}
          union all ${assets(sql`from contract_tokens where type = 'SAC' and issuer <> '' and`)}
          union all (select key, contract_id, '', 'CONTRACT' from (${contracts(symbol, sql`limit ${limit + 1}`)}) s)
          union all (select key, contract_id, '', 'CONTRACT' from (${contracts(name, sql`limit ${MOST_NAMED}`)}) n
            where not coalesce(${begins(symbol)}, false) order by key ${travel}, contract_id ${travel} limit ${limit + 1})
          union all (select key, contract_id, '', 'STOP' from (${contracts(name, sql`offset ${MOST_NAMED - 1} limit 1`)}) o)
        ) f (key, tie, code, kind)
        order by ${order} limit ${limit + 1}) f
      order by k.ordinal, ${order}`;
  });
}

/** Where the texts that begin with this one end, by the order of their characters' numbers, which is that of their bytes. */
export function endOfPrefix(text: string): string {
  const characters = Array.from(text, (character) => character.codePointAt(0)!);
  while (characters.at(-1) === LAST_CHARACTER) characters.pop();
  const last = characters.pop();
  // Nothing is called by the last character alone.
  if (last === undefined) return text;
  return String.fromCodePoint(...characters, last === 0xd7ff ? 0xe000 : last + 1);
}

const LAST_CHARACTER = 0x10ffff;

/** The text of a `text[]`. */
function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
