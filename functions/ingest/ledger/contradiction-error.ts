/** A ledger is valid XDR, but one of its parts says what another one, or the protocol, rules out. No ledger of a network is like that. */
export class ContradictionError extends Error {
  override readonly name = "ContradictionError";

  /** @param word offset of the part, in words */
  constructor(what: string, word: number) {
    super(`${what} at byte ${word * 4}`);
  }
}
