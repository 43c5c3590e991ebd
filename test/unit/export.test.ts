import assert from "node:assert/strict";
import { test } from "node:test";
import { exportHistory } from "../../bin/export/export-history.ts";
import { FORMATS } from "../../bin/export/formats.ts";
import type { Output } from "../../bin/export/output.ts";
import type { StoredLedger } from "../../bin/export/read-history.ts";
import { isoTime, TABLES } from "../../bin/export/tables.ts";

test("CSV quotes what RFC 4180 asks to be quoted, and tells null from an empty text", () => {
  const { row, header } = FORMATS.csv;
  assert.equal(header(["a", "b"]), "a,b\r\n");
  assert.equal(
    row([], ["plain", "with space", 'a "quote"', "a,b", "line\nbreak", "car\rriage"]),
    'plain,with space,"a ""quote""","a,b","line\nbreak","car\rriage"\r\n',
  );
  assert.equal(row([], [null, "", 0, false, ["G1", "G2"], { new: "x,y" }]), ',"",0,false,G1 G2,"{""new"":""x,y""}"\r\n');
});

test("JSON Lines has every column, and 64-bit integers as strings", () => {
  const { row, header } = FORMATS.jsonl;
  assert.equal(header(), "");
  const line = row(["id", "flags", "accounts", "key_value", "amount"], ["9223372036854775807", 3, ["G1"], { old: "a" }, null]);
  assert.equal(line, '{"id":"9223372036854775807","flags":3,"accounts":["G1"],"key_value":{"old":"a"},"amount":null}\n');
});

test("times have microseconds, whatever PostgreSQL writes", () => {
  assert.equal(isoTime("2026-06-19 12:34:56+00"), "2026-06-19T12:34:56.000000Z");
  assert.equal(isoTime("2026-06-19 12:34:56.12045+00"), "2026-06-19T12:34:56.120450Z");
});

/** Ledgers whose transactions are all unreadable: each is a report, and nothing to write but the header. */
async function* ledgers(count: number, pulled: number[] = []): AsyncGenerator<StoredLedger> {
  for (let sequence = 1; sequence <= count; sequence++) {
    pulled.push(sequence);
    const row = { to_id: "4294971392", ledger: sequence, ledger_created_at: "", ingested_at: "", hash: "\\x00", payload: Buffer.of(9) };
    yield { sequence, transactionCount: 1, transactions: [await Promise.resolve(row)] };
  }
}

const options = { format: FORMATS.csv, networkPassphrase: "test" };

function tableTo(write: (text: string) => Promise<void>): { name: "operations"; output: Output; rows: number } {
  return { name: "operations", output: { path: null, write, close: () => Promise.resolve() }, rows: 0 };
}

test("no ledger is read while the output takes no more", async () => {
  const pulled: number[] = [];
  const accept = Promise.withResolvers<void>();
  const codes: string[] = [];
  const written: string[] = [];
  const table = tableTo((text) => {
    written.push(text);
    return accept.promise;
  });
  const done = exportHistory(
    ledgers(3, pulled),
    { ...options, tables: [table], onUnreadable: ({ code }) => codes.push(code) },
    new AbortController().signal,
  );
  await new Promise(setImmediate);
  assert.deepEqual([pulled, written], [[], [FORMATS.csv.header(TABLES.operations.columns)]]);
  accept.resolve();
  assert.deepEqual(await done, { ledgers: 3, unreadable: 3 });
  assert.deepEqual(
    [pulled, codes],
    [
      [1, 2, 3],
      ["HISTORY_FORMAT_UNKNOWN", "HISTORY_FORMAT_UNKNOWN", "HISTORY_FORMAT_UNKNOWN"],
    ],
  );
});

test("an export that is told to stop ends before the next ledger", async () => {
  const controller = new AbortController();
  const table = tableTo(() => Promise.resolve());
  const { ledgers: count } = await exportHistory(
    ledgers(5),
    { ...options, tables: [table], onUnreadable: () => controller.abort() },
    controller.signal,
  );
  assert.equal(count, 1);
});
