import assert from "node:assert/strict";
import { after } from "node:test";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { shared, sharedTest } from "../fixtures/shared.ts";
import { transactionNodes } from "../fixtures/transaction-nodes.ts";

const database = await testDatabase("chain");
const api = testApi(database.url, { networkPassphrase: PUBNET });
after(() => api.close());

const FIELDS = `id hash innerHash memo { type text base64 } sourceAddress feeAddress sequence maxFee operationCount envelopeXdr
  preconditions {
    timeBounds { minTime maxTime } ledgerBounds { minLedger maxLedger } minAccountSequence minAccountSequenceAge minAccountSequenceLedgerGap extraSigners
  }`;
/** Members that are numbers with all their digits. */
const exact = (text: string): bigint | number => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text));

sharedTest("a response has what the envelopes of its transactions say", async () => {
  const seen = { feeBumps: 0, memos: 0, sequences: 0, none: 0 };
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false })) {
    // The second of the public network's ledgers has the most kinds.
    if (ledger.sequence % 4 !== 1) continue;
    const nodes = transactionNodes(PUBNET, Uint8Array.from(ledger.bytes));
    for (let at = 0; at < nodes.length; at += 40) {
      const some = nodes.slice(at, at + 40);
      const { data, errors } = await api.ask(
        `{ ${some.map(({ hash }, n) => `t${n}: transactionByHash(hash: "${hash}") { ${FIELDS} }`).join(" ")} }`,
      );
      assert.equal(errors, undefined);
      for (const [n, node] of some.entries()) {
        const { id, hash, innerHash, sourceAddress, feeAddress, operationCount, envelopeXdr, preconditions } = node;
        const { type, text, base64 } = node.memo;
        const least = preconditions?.minAccountSequence ?? null;
        assert.deepEqual(data[`t${n}`], {
          id,
          hash,
          innerHash,
          memo: { type, text, base64 },
          sourceAddress,
          feeAddress,
          operationCount,
          envelopeXdr,
          sequence: exact(node.sequence),
          maxFee: exact(node.maxFee),
          preconditions: preconditions && { ...preconditions, minAccountSequence: least === null ? null : exact(least) },
        });
        if (innerHash !== null) seen.feeBumps++;
        if (type !== "NONE") seen.memos++;
        if (least !== null) seen.sequences++;
        if (preconditions === null) seen.none++;
      }
    }
    break;
  }
  assert.ok(
    Object.values(seen).every((count) => count > 0),
    JSON.stringify(seen),
  );
});
