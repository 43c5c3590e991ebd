import { decimalAmount } from "../../shared/columns/amounts.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { Page } from "../pagination/page.ts";
import { isBalanceArchived, readingOfBalance, type ReadFrom } from "./balances/sep41.ts";
import { isEntryOver } from "./balances/usable.ts";
import { MOST_INSPECTED } from "./inspected.ts";

/** Who has a token; or, without a balance, the place where the statement gave up looking. */
export interface HolderRow {
  /** The token's place in the list that was asked for, from 1. */
  ordinal: number;
  /** Text of an address column. */
  account_id: string;
  /** Decimal text: whole units of an asset, the smallest of a SEP-41 token. Null: there may be more behind this place. */
  balance: string | null;
  read_from: ReadFrom;
  as_of: number;
  is_archived: boolean;
  last_modified_ledger: number;
}

/** Which tables a token's holders are in. */
export type HolderKind = "NATIVE" | "ASSET" | "SEP41";

/** The ids of a token in the tables of balances. */
export interface HeldToken {
  /** Of its contract. */
  contract: string;
  /** Of the asset; null: it is none, or XLM. */
  asset: string | null;
}

/** A page of each token's holders, by their bytes. @param tokens of one kind @param page its cursor is the column's text */
export async function holdersOfTokens(
  snapshot: Snapshot,
  kind: HolderKind,
  tokens: readonly HeldToken[],
  { backward, cursor, limit }: Page<string>,
): Promise<HolderRow[]> {
  const rows = await snapshot.query<HolderRow & { in_stroops: boolean | null }>((sql) => {
    const travel = backward ? sql`desc` : sql``;
    const beyond = cursor === null ? sql`` : backward ? sql`and b.account_id < ${cursor}` : sql`and b.account_id > ${cursor}`;
    const some = sql`order by b.account_id ${travel} limit ${limit + 1}`;
    const newest = sql`coalesce((select ledger from cursors where name = 'latest'), 0)`;
    /** @param from rows, of which the statement shows those of `where` */
    const stop = (from: typeof some) =>
      sql`(select b.account_id, null, null, null, null, null, null ${from} ${beyond} order by b.account_id ${travel} offset ${MOST_INSPECTED - 1} limit 1)`;
    const inContracts = sql`(
      select b.account_id, round(b.balance, 7)::text, 'STORAGE', ${newest}, ${isEntryOver(sql)}, b.last_modified_ledger, false
      from sac_balances b where b.contract_id = k.contract ${beyond} ${some})`;
    const ofEntry = sql`b.account_id, b.balance::text, 'STORAGE', ${newest}, false, b.last_modified_ledger, true`;
    const accounts = sql`from accounts b where true`;
    const ofToken = sql`from sep41_balances b where b.contract_id = k.contract`;
    const holders = {
      NATIVE: sql`${inContracts} union all (
        select ${ofEntry} from (select b.* ${accounts} ${beyond} order by b.account_id ${travel} limit ${MOST_INSPECTED}) b
        where b.removed_ledger is null ${some}) union all ${stop(accounts)}`,
      ASSET: sql`${inContracts} union all (select ${ofEntry} from trustline_balances b where b.asset_id = k.asset ${beyond} ${some})`,
      SEP41: sql`(
        select b.account_id, r.balance::text, r.read_from, r.as_of, ${isBalanceArchived(sql)}, b.last_modified_ledger, false
        from (select b.* ${ofToken} ${beyond} order by b.account_id ${travel} limit ${MOST_INSPECTED}) b ${readingOfBalance(sql)}
        where r.balance > 0 ${some}) union all ${stop(ofToken)}`,
    }[kind];
    const contracts = `{${tokens.map(({ contract }) => contract).join(",")}}`;
    const assets = `{${tokens.map(({ asset }) => asset ?? "null").join(",")}}`;
    const order = sql`h.account_id ${travel}, h.balance is null`;
    return sql`
      select k.ordinal::integer, h.* from unnest(${contracts}::uuid[], ${assets}::uuid[]) with ordinality k (contract, asset, ordinal)
      ${kind === "SEP41" ? sql`cross join lateral (select balances_from, events_differ from contract_tokens c where c.id = k.contract limit 1) t` : sql``}
      cross join lateral (
        select * from (${holders}) h (account_id, balance, read_from, as_of, is_archived, last_modified_ledger, in_stroops) order by ${order} limit ${limit + 1}) h
      order by k.ordinal, ${order}`;
  });
  return rows.map(({ in_stroops, balance, ...row }) => ({
    ...row,
    balance: in_stroops && balance !== null ? decimalAmount(balance) : balance,
  }));
}
