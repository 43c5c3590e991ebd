import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { OperationNode } from "../../functions/serve/nodes/operation.ts";
import type { TransactionNode } from "../../functions/serve/nodes/transaction.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { operationTypes } from "../../functions/shared/columns/history/codes.ts";
import { canonical, coreLedgers, type GoldenLedger, indexedLedgers, PUBNET } from "../fixtures/golden-ledgers.ts";
import { horizonLedgers, type HorizonObject } from "../fixtures/horizon.ts";
import { readShared, shared, sharedTest } from "../fixtures/shared.ts";
import { transactionNodes } from "../fixtures/transaction-nodes.ts";
import { DETAILS_DIFFERENCES } from "./details-differences.ts";
import { bodyDetails, ownSource } from "./sdk-details.ts";
import { outcomeDetails, sdkTransactions } from "./sdk-outcomes.ts";

/** Members of Horizon's operations that are no details: they are fields of their own here, or those of the transaction. */
const ENVELOPE = new Set([
  "id",
  "paging_token",
  "transaction_hash",
  "transaction_successful",
  "created_at",
  "type",
  "type_i",
  "source_account",
  "source_account_muxed",
  "source_account_muxed_id",
]);

const seen = new Set<string>();

/** Is the member's difference one that is listed? */
function isListed(theirs: HorizonObject, member: string, only: "us" | "Horizon"): boolean {
  const found = DETAILS_DIFFERENCES.find(
    (each) =>
      each.type === theirs.type &&
      each.member === member &&
      each.only === only &&
      (each.successful === undefined || each.successful === theirs.transaction_successful),
  );
  if (found) seen.add(`${found.type}.${found.member}`);
  return found !== undefined;
}

function differences(node: OperationNode, theirs: HorizonObject): string[] {
  const ours = node.details as HorizonObject;
  const wrong: string[] = [];
  if (node.type.toLowerCase() !== theirs.type) wrong.push("type");
  if (node.sourceAddress !== (theirs.source_account_muxed ?? theirs.source_account)) wrong.push("source");
  if (node.index !== Number(BigInt(node.id) & 0xfffn) - 1) wrong.push("index");
  for (const [member, value] of Object.entries(ours)) {
    if (!Object.hasOwn(theirs, member)) {
      if (!isListed(theirs, member, "us")) wrong.push(`${member}: ${canonical(value)} is ours only`);
    } else if (canonical(value) !== canonical(theirs[member]))
      wrong.push(`${member}: ${canonical(value)} is not ${canonical(theirs[member])}`);
  }
  for (const [member, value] of Object.entries(theirs)) {
    if (ENVELOPE.has(member) || Object.hasOwn(ours, member)) continue;
    if (value === null || !isListed(theirs, member, "Horizon")) wrong.push(`${member}: ${canonical(value)} is Horizon's only`);
  }
  return wrong;
}

sharedTest("the details of every operation of the public network's ledgers are Horizon's, but for the listed differences", () => {
  let operations = 0;
  for (const horizon of horizonLedgers()) {
    const nodes = transactionNodes(PUBNET, readShared(`ledgers/pubnet/${horizon.name}.xdr.gz`)).flatMap((node) => node.operationNodes);
    const byId = new Map(nodes.map((node) => [node.id, node]));
    assert.equal(nodes.length, horizon.operations.length);
    for (const theirs of horizon.operations) {
      const id = theirs.id as string;
      assert.deepEqual(differences(byId.get(id)!, theirs), [], `operation ${id}`);
      operations++;
    }
  }
  assert.equal(operations, 2_682);
  const stale = DETAILS_DIFFERENCES.map(({ type, member }) => `${type}.${member}`).filter((name) => !seen.has(name));
  assert.deepEqual(stale, []);
});

/** Types whose details depend on what happened, or on the operations around them. */
const WITH_OUTCOME = new Set([
  "PATH_PAYMENT_STRICT_RECEIVE",
  "PATH_PAYMENT_STRICT_SEND",
  "CREATE_CLAIMABLE_BALANCE",
  "BEGIN_SPONSORING_FUTURE_RESERVES",
  "END_SPONSORING_FUTURE_RESERVES",
  "LIQUIDITY_POOL_DEPOSIT",
  "LIQUIDITY_POOL_WITHDRAW",
]);

/** The details without what the history tells beyond the SDK's reading: the contracts of a pool's assets, and that no balance changed. */
function comparable(node: OperationNode): Record<string, unknown> {
  const { asset_balance_changes, ...details }: Record<string, unknown> = node.details;
  assert.ok(asset_balance_changes === undefined || asset_balance_changes === null);
  for (const [member, value] of Object.entries(details))
    if (member.startsWith("reserves_")) details[member] = (value as { amount: string }[]).map(({ amount }) => ({ amount }));
  return details;
}

const members = documented();
/** Operations by type. */
const counts = new Map<string, number>();

/** The SDK needs 20 ms a ledger: it decodes those where what happened matters. */
function needsOutcome({ operationNodes }: TransactionNode): boolean {
  return operationNodes.some(({ type }) => WITH_OUTCOME.has(type));
}

/** @param isMade by hand: sponsors are by no rule of the protocol */
function compareWithSdk({ name, passphrase, bytes }: Omit<GoldenLedger, "golden">, isMade = false): void {
  const transactions = transactionNodes(passphrase, bytes);
  const decoded = transactions.some(needsOutcome) ? sdkTransactions({ passphrase, bytes }) : null;
  for (const [at, transaction] of transactions.entries()) {
    const tx = decoded?.[at];
    if (tx !== undefined) assert.equal(transaction.successful, tx.successful, name);
    for (const node of transaction.operationNodes) {
      counts.set(node.type, (counts.get(node.type) ?? 0) + 1);
      for (const member of Object.keys(node.details))
        assert.ok(members.get(node.type)?.has(member), `docs/api.md has no ${node.type}.${member}`);
      const ours = comparable(node);
      const source = ownSource(node) ?? tx?.source ?? node.sourceAddress;
      const theirs: Record<string, unknown> = {
        ...bodyDetails(node, source, passphrase),
        ...(tx && outcomeDetails(transaction, tx, node.place)),
      };
      if (isMade && tx !== undefined) for (const details of [ours, theirs]) delete details.sponsor;
      const where = `${name} transaction ${at + 1} operation ${node.place} ${node.type}`;
      assert.equal(node.sourceAddress, source, where);
      assert.equal(canonical(ours), canonical(theirs), where);
    }
  }
}

sharedTest("details are what the SDK's decoder reads in the operations of the pubnet and synthetic ledgers, and in their results", () => {
  for (const ledger of indexedLedgers()) compareWithSdk(ledger, ledger.name.startsWith("synthetic"));
});

sharedTest("details are what the SDK's decoder reads in the operations of the ledgers of reported faults", () => {
  const files = readdirSync(shared("ledgers/reports"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".xdr"));
  // A ledger of a protocol that nobody knows cannot be opened.
  for (const name of files.filter((file) => !file.startsWith("newer-protocol")))
    compareWithSdk({ name, passphrase: "Bug Reports ; 2026", bytes: readShared(`ledgers/reports/${name}`) }, true);
});

sharedTest("details are what the SDK's decoder reads in the operations of stellar-core's ledgers, and in their results", () => {
  for (const ledger of coreLedgers()) compareWithSdk(ledger);
  // All types of operations, with the ledgers above.
  assert.equal(counts.size, 27);
});

/** Members of details by type, as the table of docs/api.md has them; those that stand for several are written out. */
function documented(): Map<string, Set<string>> {
  const page = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
  const members = new Map<string, Set<string>>();
  for (const [, types = "", text = ""] of page.matchAll(/^\| ((?:[A-Z_]+(?:, )?)+) \| (.*) \|$/gm)) {
    const names = text
      .replaceAll(/(\w+)\+/g, "$1 $1_muxed $1_muxed_id")
      .replaceAll(/(\w*)asset\\\*/g, "$1asset_type $1asset_code $1asset_issuer")
      .replaceAll(/(\w+)÷/g, "$1 $1_r");
    for (const type of types.split(", ")) members.set(type, new Set(names.match(/\w+/g)));
  }
  return members;
}

test("the table of docs/api.md has every type of operation", () => {
  const types = [...documented().keys()].filter((type) => operationTypes.numberOf(type) !== 0);
  assert.equal(types.length, 27);
});

sharedTest("every operation of the chain says what the SDK's decoder reads in it", async () => {
  // The chain repeats the transactions of the public network's ledgers.
  const known = new Map<string, Map<string, string>>();
  let operations = 0;
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false })) {
    for (const node of transactionNodes(PUBNET, Uint8Array.from(ledger.bytes)).flatMap(({ operationNodes }) => operationNodes)) {
      const key = `${node.sourceAddress} ${node.operationXdr}`;
      const ours = comparable(node);
      let theirs = known.get(key);
      if (theirs === undefined) {
        theirs = new Map(Object.entries(bodyDetails(node, node.sourceAddress, PUBNET)).map(([name, value]) => [name, canonical(value)]));
        known.set(key, theirs);
      }
      for (const [name, value] of theirs) assert.equal(canonical(ours[name]), value, `${node.id} ${node.type}.${name}`);
      operations++;
    }
  }
  assert.ok(operations > 30_000);
});
