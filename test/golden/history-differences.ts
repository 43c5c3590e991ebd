import type { GoldenRow, GoldenSections } from "../fixtures/golden-ledgers.ts";

/**
 * Where our history differs from the peer's on purpose. Each entry changes the peer's rows of a ledger into what ours must be
 * and says how many rows it touched; one that touches none on any ledger is stale and fails the suite.
 */
interface IntendedDifference {
  /** GAP-n of spec indexing section 10 or Dn of spec graphql-api section 11. */
  number: string;
  reason: string;
  apply(golden: GoldenSections): number;
}

function rows(golden: GoldenSections, section: string): GoldenRow[] {
  return golden[section] ?? [];
}

/** 7 decimals from stroops text. */
function decimals(stroops: string): string {
  const digits = stroops.padStart(8, "0");
  return `${digits.slice(0, -7)}.${digits.slice(-7)}`;
}

function transactionOf(operationId: string): string {
  return String(BigInt(operationId) & ~4095n);
}

/** Participants that the peer misses, by transaction hash: addresses in CAP-71 credentials. */
const CREDENTIAL_PARTICIPANTS: Record<string, string[]> = {
  "9dd322a552920028f6f9ac3d9c47b95e474d0b16462f449590bfd07958c25160": ["GDE73DO4EGZYAWAX6XWL574IUSJNTJKICQF6BFIQLJZMEMIDVGTUV55O"],
  "6ce8b189370b4f7f399b893b4e13d67b4d992d2289c24b5340d7536d663a56b2": ["GCE4HENKZ3ZIHQY4VEYCVX5ZE5LNDIN3FH4MHZCWFKXQZGQIOGAO77CN"],
  ceba189332fd7f356248abaad39e72ac226599862be1104d79bab0695e53528d: ["GCE4HENKZ3ZIHQY4VEYCVX5ZE5LNDIN3FH4MHZCWFKXQZGQIOGAO77CN"],
  "221158a6cfa0021a7080fe0f27e8bcfa17b5f81e3290d90806d6bab6ae802a22": [
    "CAA3QKIP2SNVXUJTB4HKOGF55JTSSMQGED3FZYNHMNSXYV3DRRMAWA3Y",
    "CDFECZ6L3ASVMM5FEKHFFK4ZEIDOZ5H3WNPVXOMC4OCRHNJ2MO32WCKX",
  ],
};

export const INTENDED_DIFFERENCES: IntendedDifference[] = [
  {
    number: "D13",
    reason: "trustline limits are 7-digit decimals in all three fields; the peer leaves the old limit in stroops (GAP-8)",
    apply(golden) {
      let touched = 0;
      for (const row of rows(golden, "state_changes")) {
        if (row.category !== "TRUSTLINE" || row.reason !== "UPDATE") continue;
        row.trustline_limit_old = decimals(row.trustline_limit_old as string);
        touched++;
      }
      return touched;
    },
  },
  {
    number: "GAP-2",
    reason: "a contract deployment that failed creates no account",
    apply(golden) {
      const failed = new Set(
        rows(golden, "transactions")
          .filter(
            (tx) => tx.result_code !== "TransactionResultCodeTxSuccess" && tx.result_code !== "TransactionResultCodeTxFeeBumpInnerSuccess",
          )
          .map((tx) => tx.to_id),
      );
      const wrong = rows(golden, "state_changes").filter(
        (row) => failed.has(row.to_id) && row.category === "ACCOUNT" && row.reason === "CREATE",
      );
      if (wrong.length === 0) return 0;
      golden.state_changes = rows(golden, "state_changes").filter((row) => !wrong.includes(row));
      for (const { account_id, operation_id } of wrong) {
        const id = operation_id as string;
        for (const row of [
          ...rows(golden, "operations").filter((op) => op.id === id),
          ...rows(golden, "transactions").filter((tx) => tx.to_id === transactionOf(id)),
        ]) {
          row.accounts = (row.accounts as string[]).filter((account) => account !== account_id);
        }
      }
      return wrong.length;
    },
  },
  {
    number: "GAP-6",
    reason: "addresses in CAP-71 credentials (address-v2, with delegates) are participants",
    apply(golden) {
      let touched = 0;
      for (const tx of rows(golden, "transactions")) {
        const missed = CREDENTIAL_PARTICIPANTS[tx.hash as string];
        if (!missed) continue;
        const operations = rows(golden, "operations").filter((op) => transactionOf(op.id as string) === tx.to_id);
        for (const row of [tx, ...operations]) row.accounts = [...new Set([...(row.accounts as string[]), ...missed])].sort();
        touched++;
      }
      return touched;
    },
  },
];
