import { GraphQLError, type GraphQLResolveInfo } from "graphql";
import type { AccountNode } from "../nodes/account.ts";
import { type Connection, connection } from "../pagination/connection.ts";
import { type Page, type PageArguments, readPage } from "../pagination/page.ts";
import { readTimeRange, type TimeRange, type TimeRangeArguments } from "../pagination/time-range.ts";
import type { AccountKey } from "../values/addresses.ts";
import { checkScalars } from "./arguments.ts";
import type { Context } from "./context.ts";

/** What is asked of one of an account's connections, checked. */
export interface AccountPage<Args, Cursor> {
  account: AccountKey;
  page: Page<Cursor>;
  /** Open at both ends where the connection has no `since` and `until`. */
  range: TimeRange;
  args: Args;
  context: Context;
  info: GraphQLResolveInfo;
}

/** Rows in the direction of travel, one more than the page if there are more, and how one becomes an edge. */
interface AccountRows<Row, E extends { cursor: string }> {
  rows: readonly Row[];
  edge: (row: Row) => E;
  /** Cursor of the last place looked at when a bound ended the reading before the page was full; absent or null: none did. */
  inspectedTo?: string | null;
}

/** How one of an account's connections differs from the others. */
interface AccountConnectionOptions<Args, Cursor, Row, E extends { cursor: string }> {
  /** Reads a cursor's text. @throws GraphQLError */
  cursor: (text: string, account: AccountKey) => Cursor;
  read: (asked: AccountPage<Args, Cursor>) => Promise<AccountRows<Row, E>>;
  /** What the client is told of a failure that is not its own; absent: an internal error. */
  failed?: (cause: unknown) => GraphQLError;
}

/** The resolver of one of an account's connections: checks the arguments, then reads. */
export function accountConnection<Args extends PageArguments & TimeRangeArguments, Cursor, Row, E extends { cursor: string }>({
  cursor,
  read,
  failed,
}: AccountConnectionOptions<Args, Cursor, Row, E>) {
  return async (
    { account }: Pick<AccountNode, "account">,
    args: Args,
    context: Context,
    info: GraphQLResolveInfo,
  ): Promise<Connection<E>> => {
    checkScalars(args, info);
    const page = readPage(args, (text) => cursor(text, account));
    const range = readTimeRange(args);
    try {
      const { rows, edge, inspectedTo = null } = await read({ account, page, range, args, context, info });
      return connection(rows, page, edge, inspectedTo);
    } catch (error) {
      throw failed === undefined || error instanceof GraphQLError ? error : failed(error);
    }
  };
}
