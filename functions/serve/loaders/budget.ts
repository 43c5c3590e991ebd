import { queryTooExpensive, responseTooLarge } from "../errors/client-errors.ts";

/**
 * What a point of complexity buys at most: what the fullest pages of true accounts need
 * (docs/decisions/0013-a-price-for-what-is-read-and-sent.md).
 */
const PER_POINT = {
  /** Fields of the response; an object or a list is one more. */
  fields: 6,
  /** Bytes of the response. */
  bytesSent: 250,
  /** Rows read, and index look-ups. */
  rows: 0.75,
  /** Bytes of transactions and links read. */
  bytesRead: 1_000,
} as const;

/** What a response may hold, as Lambda counts it: 6 MB less headers and status. */
export const MAX_RESPONSE_BYTES = 6_200_000;

/** Fields between two looks at the clock. */
const FIELDS_A_LOOK = 500;
/** Fields after which other requests get their turn: some 10 ms. */
const FIELDS_A_TURN = 4_000;

/** What an execution has taken, in the units of `PER_POINT`. */
export type Taken = Record<keyof typeof PER_POINT, number>;

/** How much one execution may take. */
interface BudgetLimits {
  /** Points of complexity (`GRAPHQL_COMPLEXITY_LIMIT`). */
  points: number;
  /** Milliseconds from now until it is over. */
  milliseconds: number;
}

/**
 * What one execution of an operation reads and sends, counted before it is read or sent. Complexity is a price that is known beforehand; lists
 * without pages, large values and filters make it too low, so what they take is charged here. Who goes beyond the limit gets
 * an error and nothing else: each further call throws it again.
 */
export class Budget {
  readonly #points: number;
  readonly #maxFields: number;
  readonly #maxBytesSent: number;
  readonly #maxRows: number;
  readonly #maxBytesRead: number;
  readonly #endsAt: number;
  #fields = 0;
  #bytesSent = 0;
  #rows = 0;
  #bytesRead = 0;
  #nextLook: number;
  #turnEndsAt = FIELDS_A_TURN;
  #turns: Promise<void> | null = null;
  /** Why the execution was ended; null: it was not. */
  exceeded: Error | null = null;

  constructor({ points, milliseconds }: BudgetLimits) {
    this.#points = points;
    this.#maxFields = points * PER_POINT.fields;
    this.#maxBytesSent = Math.min(points * PER_POINT.bytesSent, MAX_RESPONSE_BYTES);
    this.#maxRows = points * PER_POINT.rows;
    this.#maxBytesRead = points * PER_POINT.bytesRead;
    this.#endsAt = performance.now() + milliseconds;
    this.#nextLook = Math.min(FIELDS_A_LOOK, this.#maxFields);
  }

  /** What was read and sent until now, in points: the most of what was taken decides. */
  get points(): number {
    return Math.ceil(
      Math.max(
        this.#fields / PER_POINT.fields,
        this.#bytesSent / PER_POINT.bytesSent,
        this.#rows / PER_POINT.rows,
        this.#bytesRead / PER_POINT.bytesRead,
      ),
    );
  }

  /** What was read and sent until now. */
  get taken(): Taken {
    return { fields: this.#fields, bytesSent: this.#bytesSent, rows: this.#rows, bytesRead: this.#bytesRead };
  }

  /** Ends what an execution that was ended still does. @throws GraphQLError why it was ended */
  refuseMore(): void {
    if (this.exceeded !== null) throw this.exceeded;
  }

  /** Fields of the response, and about how many bytes they are. @throws GraphQLError QUERY_TOO_EXPENSIVE, RESPONSE_TOO_LARGE */
  send(fields: number, bytes: number): void {
    this.refuseMore();
    this.#fields += fields;
    this.#bytesSent += bytes;
    if (this.#fields > this.#nextLook || this.#bytesSent > this.#maxBytesSent) this.#look();
  }

  /** Rows that are about to be read, or places of an index to be looked up. @throws GraphQLError QUERY_TOO_EXPENSIVE */
  read(rows: number): void {
    this.refuseMore();
    this.#rows += rows;
    if (this.#rows > this.#maxRows) this.#look();
  }

  /** Bytes of the history that were read. @throws GraphQLError QUERY_TOO_EXPENSIVE */
  readBytes(bytes: number): void {
    this.refuseMore();
    this.#bytesRead += bytes;
    if (this.#bytesRead > this.#maxBytesRead) this.#look();
  }

  /** Has this execution had the process for so long that others should get their turn? */
  get isTurnOver(): boolean {
    return this.#fields > this.#turnEndsAt;
  }

  /** Lets others have their turn. Who asks meanwhile waits behind the first: one turn each. */
  nextTurn(): Promise<void> {
    const turns = (this.#turns ?? Promise.resolve()).then(
      () =>
        new Promise<void>((resolve) => {
          const begin = (): void => {
            this.#turnEndsAt = this.#fields + FIELDS_A_TURN;
            if (this.#turns === turns) this.#turns = null;
            resolve();
          };
          // Whoever is refused anyway need not wait.
          if (this.exceeded === null) setImmediate(begin);
          else begin();
        }),
    );
    this.#turns = turns;
    return turns;
  }

  /** Ends the execution when it is over the limit or out of time. */
  #look(): void {
    if (performance.now() > this.#endsAt) this.exceeded = queryTooExpensive("takes too long", this.#points);
    else if (this.#bytesSent > MAX_RESPONSE_BYTES) this.exceeded = responseTooLarge();
    else if (this.points > this.#points)
      this.exceeded = queryTooExpensive(`reads or sends more than ${this.#points} points of complexity buy`, this.#points);
    this.refuseMore();
    this.#nextLook = Math.min(this.#fields + FIELDS_A_LOOK, this.#maxFields);
  }
}
