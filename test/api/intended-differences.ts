/** Where our answers differ from the peer's on purpose. */
export interface AnswerDifference {
  /** Dn of spec graphql-api section 11, or `section n` where the recorded answer contradicts the contract's own text. */
  number: string;
  reason: string;
  /** Names of the cases in golden/graphql/cases.json. */
  cases: RegExp;
  /** HTTP status of ours. */
  status: number;
  /** Code of our only error; null: no error. */
  code: string | null;
  /** Our message, where it is ours to say. */
  message?: RegExp;
}

const CONNECTION = "(balances|transactions|operations|stateChanges|sep41Allowances)";

export const ANSWER_DIFFERENCES: AnswerDifference[] = [
  { number: "D1", reason: "what is not found is null without an error", cases: /^(tx|op) not found$/, status: 200, code: null },
  {
    number: "D2",
    reason: "a bad Int64 is bad input with a message that says so",
    cases: /^op id (bad|fractional) var$/,
    status: 200,
    code: "BAD_USER_INPUT",
    message: /^Int64 cannot represent/,
  },
  {
    number: "D2",
    reason: "a bad Time is bad input with a message that says so",
    cases: /^(transactions|operations|stateChanges) since:("2023-11-14"|"bad"|5)$/,
    status: 200,
    code: "BAD_USER_INPUT",
    message: /^Time cannot represent/,
  },
  {
    number: "D2",
    reason: "a page size beyond 32 bits is refused by validation",
    cases: new RegExp(`^${CONNECTION}\\(first:2147483648\\)$`),
    status: 422,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    number: "D6",
    reason: "introspection that is off is a validation error",
    cases: /^introspection disabled$/,
    status: 422,
    code: "GRAPHQL_VALIDATION_FAILED",
    message: /^introspection is disabled$/,
  },
  {
    number: "section 3.3",
    reason:
      "the last page of allowances is the end of the list, ascending, as on every connection; the peer answers the wrong rows, descending",
    cases: /^sep41Allowances last [12]$/,
    status: 200,
    code: null,
  },
];
