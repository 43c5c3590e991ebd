import assert from "node:assert/strict";
import { StrKey } from "@stellar/stellar-sdk";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { writeAccounts } from "../../functions/ingest/persist/accounts.ts";
import { accountData } from "../../functions/ingest/persist/state-tables.ts";
import { WrittenSigners, writeSigners } from "../../functions/ingest/persist/account-signers.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { AccountFold, accountLines } from "../fixtures/account-fold.ts";
import { testDatabase } from "../fixtures/database.ts";
import { coreLedgers } from "../fixtures/golden-ledgers.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { memorySource } from "../fixtures/ingest-sandbox.ts";
import { accountEntry, created, dataEntry, MADE_NETWORK, madeAddress, madeLedgers, removed, updated } from "../fixtures/account-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { shared, sharedTest } from "../fixtures/shared.ts";

/** Where two lists of lines differ, some of each. */
function difference(found: readonly string[], expected: readonly string[]): { extra: string[]; missing: string[] } {
  const [has, wants] = [new Set(found), new Set(expected)];
  return { extra: found.filter((line) => !wants.has(line)).slice(0, 3), missing: expected.filter((line) => !has.has(line)).slice(0, 3) };
}

/** Writes a ledger's accounts as a process does that has written none before. */
async function write(sql: Database, { header, accounts, accountData: data }: LedgerRows): Promise<void> {
  const statements = [
    ...writeAccounts(sql, accounts, header.sequence),
    ...writeSigners(sql, accounts, new WrittenSigners().unwritten(accounts)),
    ...accountData.write(sql, data, header.sequence),
  ];
  await Promise.all(statements.map((query) => query.execute()));
}

async function assertTables(sql: Database, fold: AccountFold, what: string): Promise<string[]> {
  const found = await accountLines(sql);
  assert.deepEqual(difference(found, fold.rows), { extra: [], missing: [] }, what);
  return found;
}

sharedTest("the accounts, signers and data after the chain are those of the ledgers' entries", async () => {
  const database = await testDatabase("chain");
  const fold = new AccountFold();
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false })) {
    fold.play(ledger);
    ledger.close();
  }
  const lines = await assertTables(database.connect(), fold, "chain");
  assert.ok(lines.filter((line) => line.startsWith("account")).length > 1_000);
  assert.ok(lines.some((line) => line.startsWith("signer")) && lines.some((line) => line.includes(" removed ")));
});

sharedTest("the accounts, signers and data of stellar-core's test ledgers are those of their entries", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  const indexers = new Map<string, Indexer>();
  let [fold, stream, signers, tombstones] = [new AccountFold(), "", 0, 0];
  const finish = async (): Promise<void> => {
    const lines = await assertTables(sql, fold, stream);
    signers += lines.filter((line) => line.startsWith("signer")).length;
    tombstones += lines.filter((line) => line.includes(" removed ")).length;
    await sql`rollback`;
  };
  for (const { name, bytes, passphrase } of coreLedgers()) {
    // The ledgers of a test are one chain.
    const chain = name.replace(/\[\d+\]$/, "");
    if (chain !== stream) {
      if (stream !== "") await finish();
      [fold, stream] = [new AccountFold(), chain];
      await sql`begin`;
    }
    let indexer = indexers.get(passphrase);
    if (!indexer) indexers.set(passphrase, (indexer = createIndexer(passphrase)));
    const ledger = openLedger(bytes);
    fold.play(ledger);
    const rows = indexer.index(ledger);
    await write(sql, rows);
    ledger.close();
  }
  await finish();
  assert.ok(signers > 20 && tombstones > 5, `${signers} signers, ${tombstones} tombstones`);
});

const [owner, other, payer, friend] = [1, 2, 3, 4].map(madeAddress) as [string, string, string, string];
const preAuth = StrKey.encodePreAuthTx(Buffer.alloc(32, 5));
const hashX = StrKey.encodeSha256Hash(Buffer.alloc(32, 6));
// A payload of 5 bytes, padded to 8.
const signedPayload = StrKey.encodeSignedPayload(Buffer.concat([Buffer.alloc(32, 7), Buffer.from([0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0])]));

/** A life of accounts: what each ledger does to their entries. */
const plain = accountEntry({ account: owner, balance: 100n, sequence: 5n });
const signed = accountEntry({
  account: owner,
  balance: 100n,
  sequence: 6n,
  subentries: 4,
  sponsored: 1,
  sequenceLedger: 2,
  sequenceTime: 1_700_000_005n,
  flags: 11,
  thresholds: [0, 1, 2, 255],
  homeDomain: Buffer.from([0x61, 0xff, 0x00, 0x62]),
  inflationDestination: other,
  signers: [
    { key: friend, weight: 1, sponsor: payer },
    { key: preAuth, weight: 255 },
    { key: hashX, weight: 4_000_000_000 },
    { key: signedPayload, weight: 3 },
  ],
});
// The one-time signer was used up, one weight is another.
const usedUp = accountEntry({
  account: owner,
  balance: 90n,
  sequence: 7n,
  subentries: 3,
  signers: [
    { key: friend, weight: 9 },
    { key: hashX, weight: 1 },
    { key: signedPayload, weight: 3 },
  ],
});
const sponsored = accountEntry({ account: other, balance: 7n, sponsor: payer, sponsored: 2, signers: [{ key: friend, weight: 1 }] });
const name = Buffer.from([0xff, 0x00, 0x20, 0x22]);
const datum = dataEntry(owner, name, Buffer.from("value"), payer);
const LIFE = [
  [...created(plain)],
  [...updated(plain, signed), ...created(datum), ...created(dataEntry(owner, "a", Buffer.alloc(0)))],
  // An account, with signers, that was there before the first ledger; and one that only comes to be removed.
  [...updated(sponsored, sponsored), ...removed(accountEntry({ account: friend, balance: 1n, signers: [{ key: payer, weight: 1 }] }))],
  [...updated(signed, usedUp), ...updated(datum, dataEntry(owner, name, Buffer.from([0, 1])))],
  [...created(accountEntry({ account: payer })), ...removed(accountEntry({ account: payer, sequence: 3n }))],
  // Merged and created again in one ledger; data goes.
  [...removed(usedUp), ...created(plain), ...removed(datum)],
  [...removed(sponsored)],
  [...created(sponsored), ...updated(sponsored, accountEntry({ account: other }))],
  [...removed(plain)],
  [...created(accountEntry({ account: owner, signers: [{ key: preAuth, weight: 1 }] }))],
];

sharedTest("a life of accounts is in the tables after each of its ledgers", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  const ledgers = madeLedgers(LIFE);
  const indexer = createIndexer(MADE_NETWORK);
  const fold = new AccountFold();
  const seen: string[] = [];
  for (const [i, bytes] of ledgers.entries()) {
    const ledger = openLedger(bytes);
    fold.play(ledger);
    // No transaction tells of what moved.
    const wrong = problemsOf(indexer.index(ledger), ledger, MADE_NETWORK).filter(({ check }) => check !== "conservation");
    assert.deepEqual(wrong, []);
    ledger.close();
    await ingestChain(database.url, {
      networkPassphrase: MADE_NETWORK,
      indexer,
      source: memorySource(ledgers.slice(0, i + 1)),
    });
    seen.push(...(await assertTables(sql, fold, `ledger ${i + 1}`)));
  }
  const about = (account: string): string[] =>
    [...new Set(seen)].filter((line) => line.includes(` ${account} `) && line.startsWith("account"));
  assert.match(about(owner).join("\n"), new RegExp(`${preAuth}=255/none ${hashX}=4000000000/none ${signedPayload}=3/none @2`));
  assert.ok(about(friend).includes(`account ${friend} removed 3 @3`), "never seen before it was removed");
  assert.ok(about(payer).includes(`account ${payer} removed 5 @5`), "made and removed by one ledger");
  assert.ok(about(other).includes(`account ${other} removed 7 @7`) && about(other).at(-1)!.endsWith("@8"), "created again");
  assert.ok(seen.includes(`signer ${friend} ${other}`), "its signers were there before the first ledger");
  assert.deepEqual(
    (await accountLines(sql)).filter((line) => line.startsWith("signer")),
    [`signer ${preAuth} ${owner}`],
  );
});

sharedTest("one process that has written signers before writes those that come back", async () => {
  const database = await testDatabase();
  const with_ = (...keys: string[]): ReturnType<typeof accountEntry> =>
    accountEntry({ account: owner, signers: keys.map((key) => ({ key, weight: 1 })) });
  const [a, b] = [with_(friend), with_(hashX)];
  const steps = [
    created(a),
    updated(a, a),
    updated(a, b),
    updated(b, b),
    updated(b, a),
    updated(a, a),
    removed(a),
    created(a),
    updated(a, b),
    updated(b, a),
  ];
  await ingestChain(database.url, {
    networkPassphrase: MADE_NETWORK,
    indexer: createIndexer(MADE_NETWORK),
    source: memorySource(madeLedgers(steps)),
    followMs: 0,
  });
  assert.deepEqual(
    (await accountLines(database.connect())).filter((line) => line.startsWith("signer")),
    [`signer ${friend} ${owner}`],
  );
  const [row] = await database.connect()<{ n: number }[]>`select count(*)::integer as n from account_signers`;
  assert.equal(row!.n, 1);
});

sharedTest("an older ledger changes no account, a repeated one nothing", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  const indexer = createIndexer(MADE_NETWORK);
  const writeSome = async (from: number, to: number): Promise<string[]> => {
    for (const bytes of madeLedgers(LIFE).slice(from, to)) {
      const ledger = openLedger(bytes);
      const rows = indexer.index(ledger);
      await write(sql, rows);
      ledger.close();
    }
    return accountLines(sql);
  };
  const newest = await writeSome(0, LIFE.length);
  const isAccount = (line: string): boolean => line.startsWith("account");
  assert.deepEqual((await writeSome(1, 4)).filter(isAccount), newest.filter(isAccount));
  assert.deepEqual(await writeSome(1, LIFE.length), newest);
});
