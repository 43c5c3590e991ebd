import { badInput } from "../errors/client-errors.ts";

/** The largest page. */
const MAX_PAGE = 100;
/** The page when neither `first` nor `last` is given. */
export const DEFAULT_PAGE = 50;

/** Relay's arguments as the resolver gets them. */
export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  /** Of history alone; absent or null: oldest first. */
  order?: "ASC" | "DESC" | null;
}

/** A checked page: which way, how many, from where (decoded by the connection). */
export interface Page<Cursor> {
  limit: number;
  /** The direction of travel: towards what comes earlier in ascending order. */
  backward: boolean;
  /** The list is in descending order: its first page travels backward, its last one forward. */
  descending: boolean;
  cursor: Cursor | null;
}

/** Checks the arguments in the order in which the API's specification refuses them; `decode` reads the cursor. @throws GraphQLError BAD_USER_INPUT */
export function readPage<Cursor>(args: PageArguments, decode: (cursor: string) => Cursor): Page<Cursor> {
  const first = args.first ?? null;
  const last = args.last ?? null;
  const after = args.after ?? null;
  const before = args.before ?? null;
  if (first !== null && first > MAX_PAGE) throw badInput(`first must be less than or equal to ${MAX_PAGE}`);
  if (last !== null && last > MAX_PAGE) throw badInput(`last must be less than or equal to ${MAX_PAGE}`);
  if (first !== null && last !== null) throw badInput("first and last cannot be used together");
  if (after !== null && before !== null) throw badInput("after and before cannot be used together");
  if (first !== null && first <= 0) throw badInput("first must be greater than 0");
  if (last !== null && last <= 0) throw badInput("last must be greater than 0");
  if (first !== null && before !== null) throw badInput("first and before cannot be used together");
  if (last !== null && after !== null) throw badInput("last and after cannot be used together");
  // A cursor without a size pages in its own direction (D4).
  const fromEnd = last !== null || before !== null;
  const descending = args.order === "DESC";
  const cursor = fromEnd ? before : after;
  return {
    limit: (fromEnd ? last : first) ?? DEFAULT_PAGE,
    backward: fromEnd !== descending,
    descending,
    cursor: cursor === null ? null : decode(cursor),
  };
}
