/** Where our answers differ from the peer's on purpose. */
interface AnswerDifference {
  /** Dn of spec graphql-api section 11, or `section n` where the recorded answer contradicts the contract's own text. */
  number: string;
  reason: string;
  /** Names of the cases in golden/graphql/cases.json. */
  cases: RegExp;
  /** HTTP status of ours. */
  status: number;
  /** Our `data`; null where the request was refused as a whole. */
  data: (name: string) => unknown;
  /** Our only error; null: none. */
  error: null | {
    code: string;
    /** Absent: of no field. */
    path?: (name: string) => string[];
    message: RegExp;
  };
}

const ALLOWANCE =
  "djE6R0E3Q0gyQVdBQTRWU1NSVFJGSFdLWkhCV0UySVhQTDJBQ0VOSUxDS1pOWjY1TFdWVFFBSjNHQ0Y6OGEwYzIxMTQtYWI0NS01OWExLTgxNDMtM2UxNzNjMTdiMWYx";
const LAST_ALLOWANCE =
  "djE6R0JKVlkzNE9XVUk3TFdMR1VHWUhFWFBaRjI3U09VS1BWT1VVTFM1NU5HSENITERTWVFMVk9EUjY6OGEwYzIxMTQtYWI0NS01OWExLTgxNDMtM2UxNzNjMTdiMWYx";

/** The last allowances, ascending. */
function lastAllowances(name: string): unknown {
  const cursors = name.endsWith("1") ? [LAST_ALLOWANCE] : [ALLOWANCE, LAST_ALLOWANCE];
  return {
    accountByAddress: {
      sep41Allowances: {
        edges: cursors.map((cursor) => ({ cursor })),
        pageInfo: { startCursor: cursors[0], endCursor: LAST_ALLOWANCE, hasNextPage: false, hasPreviousPage: true },
      },
    },
  };
}

const CONNECTION = "(balances|transactions|operations|stateChanges|sep41Allowances)";

export const ANSWER_DIFFERENCES: AnswerDifference[] = [
  {
    number: "D1",
    reason: "what is not found is null without an error",
    cases: /^(tx|op) not found$/,
    status: 200,
    data: (name) => (name.startsWith("tx") ? { transactionByHash: null } : { operationById: null }),
    error: null,
  },
  {
    number: "D2",
    reason: "a bad Int64 is bad input with a message that says so",
    cases: /^op id (bad|fractional) var$/,
    status: 200,
    data: () => ({ operationById: null }),
    error: {
      code: "BAD_USER_INPUT",
      path: () => ["operationById", "id"],
      message: /^Int64 cannot represent ("abc"|1\.5): a 64-bit integer is expected$/,
    },
  },
  {
    number: "D2",
    reason: "a bad Time is bad input with a message that says so",
    cases: /^(transactions|operations|stateChanges) since:("2023-11-14"|"bad"|5)$/,
    status: 200,
    data: () => ({ accountByAddress: null }),
    error: {
      code: "BAD_USER_INPUT",
      path: (name) => ["accountByAddress", name.split(" ")[0]!, "since"],
      message: /^Time cannot represent ("2023-11-14"|"bad"|5): an RFC 3339 time is expected$/,
    },
  },
  {
    number: "D2",
    reason: "a page size beyond 32 bits is refused by validation",
    cases: new RegExp(`^${CONNECTION}\\(first:2147483648\\)$`),
    status: 422,
    data: () => null,
    error: { code: "GRAPHQL_VALIDATION_FAILED", message: /^Int cannot represent non 32-bit signed integer value: 2147483648$/ },
  },
  {
    number: "D6",
    reason: "introspection that is off is a validation error",
    cases: /^introspection disabled$/,
    status: 422,
    data: () => null,
    error: { code: "GRAPHQL_VALIDATION_FAILED", message: /^introspection is disabled$/ },
  },
  {
    number: "D23",
    reason: "a muxed address stands for its account (SEP-23)",
    cases: /^account muxed$/,
    status: 200,
    data: () => ({ accountByAddress: { address: "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ" } }),
    error: null,
  },
  {
    number: "section 3.3",
    reason:
      "the last page of allowances is the end of the list, ascending, as on every connection; the peer answers the wrong rows, descending",
    cases: /^sep41Allowances last [12]$/,
    status: 200,
    data: lastAllowances,
    error: null,
  },
];
