import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { horizonLedgers } from "../fixtures/horizon.ts";
import { CHAIN_FIRST, CHAIN_LAST, ingestChain } from "../fixtures/ingest-chain.ts";
import { memorySource } from "../fixtures/ingest-sandbox.ts";
import { openedLedger } from "../fixtures/open-ledger.ts";
import { testApi, type TestApi } from "../fixtures/serve-handler.ts";
import { readShared, shared, sharedTest } from "../fixtures/shared.ts";

const FIELDS = "sequence hash previousHash closedAt protocolVersion baseReserve transactionCount operationCount";
const BY_SEQUENCE = `query ($sequence: UInt32!) { ledger(sequence: $sequence) { ${FIELDS} } }`;

const database = await testDatabase("chain");
const sql = database.connect();
const api = testApi(database.url, { networkPassphrase: PUBNET });
after(() => api.close());

async function ledgersOf(from: TestApi) {
  const { data, errors } = await from.ask(`{ ledgers { latest { sequence } oldest { sequence } gaps { first last } } }`);
  assert.equal(errors, undefined);
  return data.ledgers;
}

/** A ledger by the SDK, in the API's words. */
function decoded(bytes: Uint8Array): object {
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  assert.ok(meta.type !== "v0");
  const { ledgerHeader, txProcessing, txSet } = meta.type === "v1" ? meta.v1 : meta.v2;
  const { header, hash } = ledgerHeader;
  const envelopes = txSet.v1TxSet.phases.flatMap((phase) =>
    phase.type === "v0Components"
      ? phase.v0Components.flatMap((component) => component.txsMaybeDiscountedFee.txs)
      : phase.parallelTxsComponent.executionStages.flat(2),
  );
  return {
    sequence: header.ledgerSeq,
    hash: Buffer.from(hash.toXdr()).toString("hex"),
    previousHash: Buffer.from(header.previousLedgerHash.toXdr()).toString("hex"),
    closedAt: new Date(Number(header.scpValue.closeTime) * 1000).toISOString().replace(".000Z", "Z"),
    protocolVersion: header.ledgerVersion,
    baseReserve: header.baseReserve,
    transactionCount: txProcessing.length,
    operationCount: envelopes.reduce((sum, envelope) => sum + operationsOf(envelope), 0),
  };
}

function operationsOf(envelope: xdr.TransactionEnvelope): number {
  if (envelope.type === "envelopeTypeTxFeeBump") return envelope.feeBump.tx.innerTx.v1.tx.operations.length;
  return (envelope.type === "envelopeTypeTxV0" ? envelope.v0 : envelope.v1).tx.operations.length;
}

sharedTest("a ledger is what the SDK decodes of it", async () => {
  let looked = 0;
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false })) {
    // Every eighth: decoding is slow.
    if ((ledger.sequence - CHAIN_FIRST) % 8 !== 0) continue;
    const { data, errors } = await api.ask(BY_SEQUENCE, { sequence: ledger.sequence });
    assert.equal(errors, undefined);
    assert.deepEqual(data.ledger, decoded(Uint8Array.from(ledger.bytes)));
    looked++;
  }
  assert.equal(looked, 6);
});

sharedTest("the public network's ledgers are what Horizon says of them", async () => {
  for (const { name, ledger: horizon } of horizonLedgers()) {
    const own = await testDatabase();
    const sequence = Number(name);
    await ingestChain(own.url, {
      source: memorySource([], {
        async *open() {
          yield openedLedger(readShared(`ledgers/pubnet/${name}.xdr.gz`), sequence);
        },
        latest: () => Promise.resolve(sequence),
      }),
    });
    const other = testApi(own.url, { networkPassphrase: PUBNET });
    try {
      const { data, extensions } = await other.ask(`{ ledgers { latest { ${FIELDS} } oldest { sequence } gaps { first } } }`);
      assert.deepEqual(data.ledgers, {
        latest: {
          sequence: horizon.sequence,
          hash: horizon.hash,
          previousHash: horizon.prev_hash,
          closedAt: horizon.closed_at,
          protocolVersion: horizon.protocol_version,
          baseReserve: horizon.base_reserve_in_stroops,
          transactionCount: Number(horizon.successful_transaction_count) + Number(horizon.failed_transaction_count),
          operationCount: horizon.tx_set_operation_count,
        },
        oldest: { sequence },
        gaps: [],
      });
      const { hash, protocolVersion } = extensions!.ledger as Record<string, unknown>;
      assert.deepEqual([hash, protocolVersion], [horizon.hash, horizon.protocol_version]);
    } finally {
      await other.close();
    }
  }
});

sharedTest("the chain has its ends and no gap, whatever else is asked with them", async () => {
  assert.deepEqual(await ledgersOf(api), { latest: { sequence: CHAIN_LAST }, oldest: { sequence: CHAIN_FIRST }, gaps: [] });
  const { data } = await api.ask(`{
    a: ledgers { latest { hash } } b: ledgers { latest { hash previousHash } gaps { last } } ledger(sequence: ${CHAIN_LAST}) { hash }
    before: ledger(sequence: ${CHAIN_LAST - 1}) { hash } }`);
  assert.deepEqual(data.a.latest.hash, data.ledger.hash);
  assert.deepEqual([data.b.latest.hash, data.b.latest.previousHash], [data.ledger.hash, data.before.hash]);
});

sharedTest("ledgers that are not here are null, and what is no sequence is refused at its path", async () => {
  for (const sequence of [0, 1, CHAIN_FIRST - 1, CHAIN_LAST + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
    const { data, errors } = await api.ask(BY_SEQUENCE, { sequence });
    assert.deepEqual([data, errors], [{ ledger: null }, undefined], String(sequence));
  }
  for (const text of ["-1", "4294967296", "1.5", '"x"', '""', "true"]) {
    const { data, errors } = await api.ask(`{ ledger(sequence: ${text}) { hash } }`);
    assert.equal(data.ledger, null);
    assert.deepEqual([errors?.[0]?.extensions.code, errors?.[0]?.path], ["BAD_USER_INPUT", ["ledger", "sequence"]], text);
  }
  const { data } = await api.ask(BY_SEQUENCE, { sequence: String(CHAIN_FIRST) });
  assert.equal(data.ledger.sequence, CHAIN_FIRST);
});

test("an empty database has no ledgers", async () => {
  const empty = await testDatabase();
  const other = testApi(empty.url, { networkPassphrase: PUBNET });
  try {
    assert.deepEqual(await ledgersOf(other), { latest: null, oldest: null, gaps: [] });
    const { extensions } = await other.ask("{ ledgers { latest { hash } } }");
    assert.deepEqual(extensions?.ledger, { sequence: null, hash: null, closedAt: null, protocolVersion: null, lagSeconds: null });
  } finally {
    await other.close();
  }
});

sharedTest("what is missing between the ends is listed, at most a hundred of it", async () => {
  // Only here: later tests would see it.
  await sql`delete from ledgers where sequence in (${CHAIN_FIRST + 5}, ${CHAIN_FIRST + 6}, ${CHAIN_FIRST + 9})`;
  const gaps = [
    { first: CHAIN_FIRST + 5, last: CHAIN_FIRST + 6 },
    { first: CHAIN_FIRST + 9, last: CHAIN_FIRST + 9 },
  ];
  assert.deepEqual((await ledgersOf(api)).gaps, gaps);
  // The ends themselves, which cursors promise.
  await sql`delete from ledgers where sequence in (${CHAIN_FIRST}, ${CHAIN_LAST})`;
  assert.deepEqual(await ledgersOf(api), {
    latest: null,
    oldest: null,
    gaps: [{ first: CHAIN_FIRST, last: CHAIN_FIRST }, ...gaps, { first: CHAIN_LAST, last: CHAIN_LAST }],
  });
  await sql`
    insert into ledgers (sequence, hash, previous_hash, closed_at, protocol_version, base_reserve, transaction_count, operation_count, state_change_count)
    select ${CHAIN_FIRST}::integer - n * 2, '', '', now(), 23, 1, 0, 0, 0 from generate_series(1, 300) n`;
  await sql`update cursors set ledger = ${CHAIN_FIRST - 600} where name = 'oldest'`;
  const many = (await ledgersOf(api)).gaps as { first: number; last: number }[];
  assert.equal(many.length, 100);
  assert.deepEqual(
    many.slice(0, 2),
    [CHAIN_FIRST - 599, CHAIN_FIRST - 597].map((sequence) => ({ first: sequence, last: sequence })),
  );
});
