import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { lineXdr } from "../../bin/simulated-network/assets.ts";
import { entryXdr, type AccountState, type TrustlineState } from "../../bin/simulated-network/entries.ts";
import { accountId, sha256 } from "../../bin/simulated-network/keys.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { takeLock } from "../../functions/ingest/invocation/lock.ts";
import { openIngestSession } from "../../functions/ingest/invocation/bounded-session.ts";
import { rewindToKnown } from "../../functions/ingest/maintenance/rewind.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { created, contract, person, restored, updated } from "../fixtures/call-ledger.ts";
import {
  accountKey,
  amount,
  assetInstance,
  balanceOf,
  contractChain,
  EUR,
  instanceOf,
  ISSUER,
  LUMENS,
  removed,
  type Step,
  temporaryOf,
  ttlKey,
  upgrade,
  wasmInstance,
} from "../fixtures/contract-chain.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { UNKNOWN_PROTOCOL, upgradedAt } from "../fixtures/newer-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";

const [holder, early, quiet, late] = ["holder", "early", "quiet", "late"].map(contract);
const called = contract("wasm");
const [a, b, d, e] = [holder!, early!, quiet!, late!].map((account) => balanceOf(EUR, account));
const lumens = balanceOf(LUMENS, holder!);
const [token, code, temporary] = [instanceOf(EUR), instanceOf(called), temporaryOf(called)];

const owner = person("owner");
const line = { asset: { code: "EUR", issuer: ISSUER }, shares: false };
const account = (balance: bigint): xdr.LedgerEntry => {
  const counts = { subentries: 1, sponsored: 0, sponsoring: 0 };
  const state: AccountState = {
    kind: "account",
    owner,
    sequence: 1n,
    ...counts,
    sponsor: null,
    homeDomain: "",
    balance,
    buying: 0n,
    selling: 0n,
  };
  return entryXdr({ ...state, lastModified: 1 });
};
const trustline: TrustlineState = { kind: "trustline", owner, line, limit: 1_000n, balance: 7n, buying: 0n, selling: 0n };
const trustlineKey = xdr.LedgerKey.trustline(new xdr.LedgerKeyTrustLine({ accountId: accountId(owner), asset: lineXdr(line) }));
const codeKey = xdr.LedgerKey.contractCode(new xdr.LedgerKeyContractCode({ hash: sha256("wasm") }));

/** What each ledger does, the first is ledger 1. */
const STEPS: Step[] = [
  {
    changes: [
      ...created(token.entry(assetInstance())),
      ...created(token.ttl(1000)),
      ...created(code.entry(wasmInstance())),
      ...created(code.ttl(5)),
      ...created(a!.ttl(6)),
      ...created(a!.entry(amount(100n))),
      ...created(lumens.entry(amount(5n))),
      ...created(lumens.ttl(8)),
      ...created(temporary.entry(xdr.ScVal.scvVoid())),
      ...created(temporary.ttl(3)),
      ...created(account(100n)),
      ...created(entryXdr({ ...trustline, lastModified: 1 })),
    ],
  },
  // A TTL alone, twice.
  { changes: [...updated(a!.ttl(6), a!.ttl(7)), ...updated(a!.ttl(7), a!.ttl(9))] },
  // Entries alone; two are older than this database.
  { changes: [a!, b!, d!].flatMap((entry) => updated(entry.entry(amount(100n)), entry.entry(amount(150n)))) },
  // The TTL of an entry that was not seen yet.
  { changes: updated(e!.ttl(10), e!.ttl(500)) },
  { changes: [...updated(b!.ttl(100), b!.ttl(200)), ...updated(e!.entry(amount(1n)), e!.entry(amount(2n)))] },
  { evicted: [ttlKey(temporary), temporary.key, ttlKey(code), code.key, codeKey] },
  // Evicted with nothing but its key: its TTL was never seen.
  { evicted: [ttlKey(d!), d!.key] },
  {},
  {},
  {},
  { evicted: [ttlKey(a!), a!.key] },
  {
    changes: [
      ...restored(a!.entry(amount(150n))),
      xdr.LedgerEntryChange.ledgerEntryUpdated(a!.entry(amount(160n))),
      ...restored(a!.ttl(50)),
      xdr.LedgerEntryChange.ledgerEntryUpdated(a!.ttl(60)),
    ],
  },
  { changes: [...removed(a!.entry(amount(160n)), a!.key), ...removed(a!.ttl(60), ttlKey(a!))] },
  { changes: [...created(a!.entry(amount(5n))), ...created(a!.ttl(30))] },
  {
    changes: [
      ...updated(a!.ttl(30), a!.ttl(40)),
      ...updated(a!.entry(amount(5n)), a!.entry(amount(6n))),
      ...removed(a!.entry(amount(6n)), a!.key),
      ...removed(a!.ttl(40), ttlKey(a!)),
      ...created(a!.entry(amount(7n))),
      ...created(a!.ttl(35)),
    ],
  },
  { changes: [...restored(code.entry(wasmInstance())), ...restored(code.ttl(90)), ...updated(token.ttl(1000), token.ttl(2000))] },
  { upgrades: [upgrade([], [accountKey(owner), trustlineKey, a!.key, code.key, codeKey])] },
  // A transaction that may bypass the freeze.
  { changes: updated(account(100n), account(42n)) },
  { upgrades: [upgrade([accountKey(owner), trustlineKey, a!.key, code.key, codeKey], [trustlineKey, "no ledger key"])] },
  { upgrades: [upgrade([trustlineKey, "no ledger key"], [])] },
];

const LEDGERS = contractChain(1, STEPS);
const database = await testDatabase();
const api = testApi(database.url, { networkPassphrase: SANDBOX_PASSPHRASE });
const sql = database.connect();
after(() => api.close());

interface Shown {
  balance: string;
  isArchived: boolean;
  liveUntilLedger: number | null;
  isFrozen: boolean;
}

async function shown(address: string): Promise<{ isFrozen: boolean; balances: Record<string, Shown> }> {
  const { data, errors } = await api.ask(
    `query ($address: String!) { accountByAddress(address: $address) { isFrozen balances { edges { node {
      __typename balance isArchived liveUntilLedger isFrozen } } } } }`,
    { address },
  );
  assert.equal(errors, undefined);
  const { isFrozen, balances } = data.accountByAddress;
  const nodes = (balances.edges as { node: Shown & { __typename: string } }[]).map(({ node: { __typename: type, ...node } }) => [
    type,
    node,
  ]);
  return { isFrozen, balances: Object.fromEntries(nodes) as Record<string, Shown> };
}

async function eur(address: string): Promise<Shown | undefined> {
  return (await shown(address)).balances.SACBalance;
}

async function ingestTo(ledger: number): Promise<void> {
  const { summary, error } = await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, ledger)));
  assert.equal(error, null);
  assert.equal(summary?.to, ledger);
}

async function instances(): Promise<object[]> {
  return [
    ...(await sql`
      select live_until_ledger as until, evicted_ledger as evicted from protocol_contracts
      union all select live_until_ledger, evicted_ledger from contract_tokens where contract_id = ${EUR.address}`),
  ];
}

const live = (balance: string, liveUntilLedger: number | null): Shown => ({ balance, isArchived: false, liveUntilLedger, isFrozen: false });
const archived = (balance: string, liveUntilLedger: number | null): Shown => ({ ...live(balance, liveUntilLedger), isArchived: true });

test("a TTL counts whether it comes with its entry, before it or alone", async () => {
  await ingestTo(1);
  assert.deepEqual((await shown(holder!.address)).balances, { NativeBalance: live("0.0000005", 8), SACBalance: live("0.0000100", 6) });
  assert.deepEqual(await instances(), [
    { until: 5, evicted: null },
    { until: 1000, evicted: null },
  ]);
  await ingestTo(2);
  assert.deepEqual(await eur(holder!.address), live("0.0000100", 9), "the last of two");
  await ingestTo(3);
  assert.deepEqual(await eur(holder!.address), live("0.0000150", 9), "a change of the entry alone");
});

test("a TTL that was set before the database began is not known, until it changes", async () => {
  assert.deepEqual(await eur(early!.address), live("0.0000150", null));
  await ingestTo(5);
  assert.deepEqual(await eur(early!.address), live("0.0000150", 200));
  assert.deepEqual(await eur(late!.address), live("0.0000002", null), "the TTL came before the entry was known");
});

test("what was evicted is archived, known TTL or not, and stays the holder's", async () => {
  await ingestTo(6);
  assert.deepEqual(await instances(), [
    { until: 5, evicted: 6 },
    { until: 1000, evicted: null },
  ]);
  assert.deepEqual(await eur(quiet!.address), live("0.0000150", null));
  await ingestTo(7);
  assert.deepEqual(await eur(quiet!.address), archived("0.0000150", null));
});

test("an entry is live in its last ledger and archived in the next, long before it is evicted", async () => {
  await ingestTo(8);
  assert.deepEqual((await shown(holder!.address)).balances.NativeBalance, live("0.0000005", 8));
  await ingestTo(9);
  assert.deepEqual((await shown(holder!.address)).balances, { NativeBalance: archived("0.0000005", 8), SACBalance: live("0.0000150", 9) });
  await ingestTo(10);
  assert.deepEqual(await eur(holder!.address), archived("0.0000150", 9));
  await ingestTo(11);
  assert.deepEqual(await eur(holder!.address), archived("0.0000150", 9));
});

test("a restored entry is live with its new TTL, a removed one is gone, and one that is made again lives as the new one does", async () => {
  await ingestTo(12);
  assert.deepEqual(await eur(holder!.address), live("0.0000160", 60));
  await ingestTo(13);
  assert.equal(await eur(holder!.address), undefined);
  await ingestTo(14);
  assert.deepEqual(await eur(holder!.address), live("0.0000005", 30));
  await ingestTo(15);
  assert.deepEqual(await eur(holder!.address), live("0.0000007", 35), "removed and made again in one ledger");
  await ingestTo(16);
  assert.deepEqual(await instances(), [
    { until: 90, evicted: null },
    { until: 2000, evicted: null },
  ]);
});

test("what the network freezes is frozen, whatever moves it, until an upgrade takes it from the list", async () => {
  const frozen = async (): Promise<Record<string, boolean | undefined>> => {
    const [person_, holder_] = [await shown(owner.address), await shown(holder!.address)];
    return {
      account: person_.isFrozen,
      native: person_.balances.NativeBalance!.isFrozen,
      trustline: person_.balances.TrustlineBalance!.isFrozen,
      sac: holder_.balances.SACBalance!.isFrozen,
      lumensOfContract: holder_.balances.NativeBalance!.isFrozen,
      holder: holder_.isFrozen,
      called: (await shown(called.address)).isFrozen,
    };
  };
  const none = { account: false, native: false, trustline: false, sac: false, lumensOfContract: false, holder: false, called: false };
  assert.deepEqual(await frozen(), none);
  await ingestTo(17);
  const most = { ...none, account: true, native: true, trustline: true, sac: true, called: true };
  assert.deepEqual(await frozen(), most);
  await ingestTo(18);
  assert.deepEqual(await frozen(), most);
  assert.equal((await shown(owner.address)).balances.NativeBalance!.balance, "0.0000042");
  await ingestTo(19);
  assert.deepEqual(await frozen(), { ...none, trustline: true }, "the trustline alone");
  assert.deepEqual(
    [...(await sql`select account_id is not null as known, frozen_ledger as since from frozen_keys order by 2`)],
    [
      { known: true, since: 17 },
      { known: false, since: 19 },
    ],
  );
  await ingestTo(20);
  assert.deepEqual(await frozen(), none);
});

test("many accounts are asked whether they are frozen in one statement", async () => {
  const accounts = [owner.address, holder!.address, called.address];
  const fields = accounts.map((address, i) => `a${i}: accountByAddress(address: "${address}") { isFrozen }`);
  const { errors } = await api.ask(`{ ${fields.join(" ")} }`);
  assert.equal(errors, undefined);
  // One more reads the newest ledger.
  assert.equal(api.lastRecord().statements, 2);
});

test("upgrades are kept with what they set", async () => {
  const rows =
    await sql`select sequence, ordinal, type, value, contract_id is not null as has_contract, settings::text from ledger_upgrades order by 1, 2`;
  assert.deepEqual(
    [...rows],
    [17, 19, 20].map((sequence) => ({ sequence, ordinal: 1, type: "CONFIG", value: null, has_contract: true, settings: "{17}" })),
  );
});

test("verify finds nothing in these ledgers, and finds what is wrong in their rows", () => {
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  const checks = (ledger: number, change: (rows: ReturnType<typeof indexer.index>) => void = () => {}): string[] => {
    const opened = openLedger(LEDGERS[ledger - 1]!);
    const rows = indexer.index(opened);
    change(rows);
    const problems = problemsOf(rows, opened, SANDBOX_PASSPHRASE);
    opened.close();
    // The balances of these ledgers come from nowhere.
    return problems.map(({ check }) => check).filter((check) => check !== "conservation");
  };
  for (const i of LEDGERS.keys()) assert.deepEqual(checks(i + 1), [], `ledger ${i + 1}`);
  assert.deepEqual(
    checks(1, (rows) => (rows.sacBalances[0]!.liveUntilLedger = 7)),
    ["sac_balances"],
  );
  assert.deepEqual(
    checks(1, (rows) => (rows.protocolContracts[0]!.keyHash = Buffer.alloc(32))),
    ["protocol_contracts"],
  );
  assert.deepEqual(
    checks(1, (rows) => (rows.contractTokens[0]!.liveUntilLedger = null)),
    ["contract_tokens"],
  );
  assert.deepEqual(
    checks(2, (rows) => rows.ttls.pop()),
    ["ttl"],
  );
  assert.deepEqual(
    checks(4, (rows) => (rows.ttls[0]!.liveUntilLedger = 10)),
    ["ttl"],
  );
  assert.deepEqual(
    checks(11, (rows) => rows.evictedKeys.pop()),
    ["evictions"],
  );
  assert.deepEqual(
    checks(17, (rows) => rows.frozenKeys!.pop()),
    ["frozen_keys"],
  );
  assert.deepEqual(
    checks(17, (rows) => (rows.frozenKeys![1]!.assetId = null)),
    ["frozen_keys"],
  );
  assert.deepEqual(
    checks(19, (rows) => (rows.frozenKeys = null)),
    ["frozen_keys"],
  );
  assert.deepEqual(
    checks(20, (rows) => rows.ledgerUpgrades[0]!.settings.push(3)),
    ["ledger_upgrades"],
  );
});

test("ledgers that are written again leave what they left before", async () => {
  const again = await testDatabase();
  const ledgers = upgradedAt(LEDGERS, 8);
  const ingested = async (indexer = createIndexer(SANDBOX_PASSPHRASE)): Promise<Record<string, string>> => {
    assert.equal((await ingestSandbox(again.url, memorySource(ledgers), { indexer })).summary?.to, ledgers.length);
    const { cursors: _cursors, ledgers: _ledgers, account_key_secret: _secret, ...hashes } = await tableHashes(again.connect());
    return hashes;
  };
  const before = await ingested();
  const session = openIngestSession(again.url, "test");
  const lock = (await takeLock(session, "sandbox", SANDBOX_PASSPHRASE))!;
  assert.deepEqual(await rewindToKnown(session, lock.fence, UNKNOWN_PROTOCOL), { first: 9, last: ledgers.length });
  await session.end();
  assert.deepEqual(await ingested(createIndexer(SANDBOX_PASSPHRASE, UNKNOWN_PROTOCOL)), before);
});
