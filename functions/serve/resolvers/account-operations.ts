import { OperationNode } from "../nodes/operation.ts";
import { connection } from "../pagination/connection.ts";
import { decodeHistoryCursor, encodeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import { readTimeRange } from "../pagination/time-range.ts";
import { operationLinks } from "../queries/account-links.ts";
import { operationsByKey } from "../queries/operations.ts";
import type { AccountResolvers } from "../schema/resolver-types.generated.ts";
import { cursorNanos } from "../values/time.ts";
import { checkScalars } from "./arguments.ts";
import { readMembers } from "./members.ts";

/** An account's operations, oldest first. */
export const accountOperations: Extract<AccountResolvers["operations"], (...args: never[]) => unknown> = async (
  { account },
  args,
  { snapshot },
  info,
) => {
  checkScalars(args, info);
  const page = readPage(args, decodeHistoryCursor);
  const range = readTimeRange(args);
  const rows = await readMembers(
    account,
    page,
    (cursor, limit) => operationLinks(snapshot, { account, range, cursor, backward: page.backward, limit }),
    (keys) => operationsByKey(snapshot, keys),
  );
  return connection(rows, page, (row) => ({
    node: new OperationNode(row),
    cursor: encodeCursor(`${cursorNanos(row.ledger_created_at)}:${row.id}`),
  }));
};
