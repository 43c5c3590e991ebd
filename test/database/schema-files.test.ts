import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { describeSchema } from "../../tools/schema/describe-schema.ts";
import { testDatabase } from "../fixtures/database.ts";

const written = readFileSync(new URL("../../migrations/schema.sql", import.meta.url), "utf8");
const header = written.split("\n", 2).join("\n");
const { connect, dialect } = await testDatabase();
const sql = connect();
const describe = (): Promise<string> => describeSchema((statement) => sql.unsafe(statement), header);

test("migrations/schema.sql shows what the migrations make", { skip: dialect === "timescale" && "it is of plain PostgreSQL" }, async () => {
  assert.equal(await describe(), written);
});

test("a column, an index, a constraint, a function and a grant of a new migration show in the schema's text", async () => {
  const before = await describe();
  for (const [statement, shown] of [
    ["alter table network add column note text default 'x'", "    note text default 'x'::text"],
    ["create unique index network_note on network (note)", "create unique index network_note on network (note);"],
    ["alter table network add constraint short check (length(note) < 9)", "constraint short CHECK ((length(note) < 9))"],
    ["create function seven() returns integer language sql as 'select 7'", "FUNCTION public.seven()"],
    ["revoke update on network from wallet_ingest", "grant select, insert, delete on table\n    network\n    to wallet_ingest;"],
    ["comment on table network is 'it''s one'", "comment on table network is 'it''s one';"],
  ] as const) {
    assert.ok(!before.includes(shown));
    await sql.unsafe(statement);
    assert.ok((await describe()).includes(shown), shown);
  }
});
