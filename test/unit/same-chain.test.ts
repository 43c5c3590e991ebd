import assert from "node:assert/strict";
import { test } from "node:test";
import { requireSameChain } from "../../functions/ingest/invocation/same-chain.ts";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { openFrom } from "../../functions/ingest/source/opened-ledger.ts";
import { sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";

const ledgers = sandboxLedgers(5);
const opened = (sequence: number): ReturnType<typeof openFrom> =>
  openFrom(new LedgerReader(), ledgers[sequence - 1]!, "test", sequence, { trueHash: true });
const closedAt = (sequence: number): number => {
  const { ledger } = opened(sequence);
  ledger.close();
  return Number(ledger.closedAt);
};

const source = (latest: number | Error): LedgerSource => ({
  name: "test",
  beginsAt: "latest",
  async *open(from) {
    yield opened(from!);
  },
  latest: () => (latest instanceof Error ? Promise.reject(latest) : Promise.resolve(latest)),
});

test("a newest ledger with a lower number that closed later is another chain: the network was reset", async () => {
  const cursor = { ledger: 900, closedAt: closedAt(5) - 1 };
  await assert.rejects(requireSameChain(source(5), cursor, undefined), {
    code: "CHAIN_BROKEN",
    message: /newest ledger is 5.*ledger 900.*reset/s,
  });
});

test("a source that is behind, has nothing or does not answer is no other chain", async () => {
  await requireSameChain(source(5), { ledger: 900, closedAt: closedAt(5) }, undefined);
  await requireSameChain(source(5), { ledger: 5, closedAt: 0 }, undefined);
  await requireSameChain(source(new Error("down")), { ledger: 900, closedAt: 0 }, undefined);
});
