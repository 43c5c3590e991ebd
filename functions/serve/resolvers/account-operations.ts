import { connection } from "../pagination/connection.ts";
import { decodeHistoryCursor, encodeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import { readTimeRange } from "../pagination/time-range.ts";
import type { AccountResolvers } from "./resolver-types.generated.ts";
import { cursorNanos } from "../values/time.ts";
import { checkScalars } from "./arguments.ts";
import { readMembers } from "./members.ts";

/** An account's operations, oldest first. */
export const accountOperations: Extract<AccountResolvers["operations"], (...args: never[]) => unknown> = async (
  { account },
  args,
  { loaders },
  info,
) => {
  checkScalars(args, info);
  const page = readPage(args, decodeHistoryCursor);
  const range = readTimeRange(args);
  const nodes = await readMembers(
    account,
    page,
    (cursor, limit) => loaders.accounts.links("operations", account, { range, cursor, backward: page.backward, limit }),
    (keys) => loaders.operations.loadAll(keys),
  );
  return connection(nodes, page, (node) => ({ node, cursor: encodeCursor(`${cursorNanos(node.closedAt)}:${node.id}`) }));
};
