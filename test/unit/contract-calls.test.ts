import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { MAX_OTHER_PARTICIPANTS } from "../../functions/ingest/indexer/soroban-participants.ts";
import {
  accountAddress,
  accountSignature,
  authorization,
  CALLER,
  callLedger,
  contract,
  created,
  dataOf,
  delegate,
  delegatePayload,
  deployment,
  event,
  instanceOf,
  invocation,
  invoke,
  nativeAsset,
  nonceOf,
  nonceTtl,
  person,
  restored,
  unsigned,
  updated,
} from "../fixtures/call-ledger.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

type Call = Parameters<typeof callLedger>[0];

const indexer = createIndexer(SANDBOX_PASSPHRASE);
const [alice, bob] = [person("alice"), person("bob")];
const [called, other] = [contract("called"), contract("other")];
const hostFunction = xdr.HostFunction.hostFunctionTypeInvokeContract(invoke(called));
const sourceCredentials = xdr.SorobanCredentials.sorobanCredentialsSourceAccount();
const { sorobanCredentialsAddress, sorobanCredentialsAddressV2, sorobanCredentialsAddressWithDelegates } = xdr.SorobanCredentials;

function index(call: Partial<Call>): LedgerRows {
  return indexBytes(indexer, callLedger({ hostFunction, ...call }));
}

/** Participants besides the caller and the called contract; the transaction has the same as its operation. */
function others(rows: LedgerRows): string[] {
  const texts = (accounts: readonly { text: string }[]): string[] => accounts.map(({ text }) => text).sort();
  const ofOperation = texts(rows.operations[0]!.accounts);
  assert.deepEqual(texts(rows.transactions[0]!.accounts), ofOperation);
  assert.ok(ofOperation.includes(CALLER.address));
  return ofOperation.filter((account) => account !== CALLER.address && account !== called.address);
}

const deploys = (rows: LedgerRows): [string, string][] =>
  rows.stateChanges.filter(({ category }) => category === "ACCOUNT").map(({ account, creator }) => [account.text, creator!.text]);

test("the caller and the called contract take part in a call that did nothing", () => {
  const { accounts } = index({}).operations[0]!;
  assert.deepEqual(new Set(accounts.map(({ text }) => text)), new Set([CALLER.address, called.address]));
});

test("an authorisation that was not used links nobody: neither address, contracts, nor deployers", () => {
  const { args } = deployment(accountAddress(bob), "never");
  const tree = invocation(called, [invocation(other), invocation(args)]);
  for (const credentials of [
    sourceCredentials,
    sorobanCredentialsAddress(unsigned(accountAddress(alice), 1n)),
    sorobanCredentialsAddressV2(unsigned(accountAddress(alice), 1n)),
    sorobanCredentialsAddressV2(unsigned(other.xdr, 1n)),
  ]) {
    const rows = index({ auth: [authorization(credentials, tree)] });
    assert.deepEqual(others(rows), []);
    assert.deepEqual(deploys(rows), []);
  }
});

test("an address whose nonce was consumed takes part, whatever the kind of its credentials", () => {
  for (const make of [sorobanCredentialsAddress, sorobanCredentialsAddressV2]) {
    for (const [address, text] of [
      [accountAddress(alice), alice.address],
      [other.xdr, other.address],
    ] as const) {
      const auth = [authorization(make(unsigned(address, -7n)), invocation(called))];
      assert.deepEqual(others(index({ auth, changes: created(nonceOf(address, -7n)) })), [text]);
      assert.deepEqual(others(index({ auth, changes: created(nonceOf(address, 7n)) })), [], "another nonce");
      assert.deepEqual(others(index({ auth, changes: created(nonceOf(accountAddress(bob), -7n)) })), [], "another address");
    }
  }
});

test("a nonce that a footprint only names is not consumed; one that had expired is consumed again", () => {
  const address = accountAddress(alice);
  const auth = [authorization(sorobanCredentialsAddress(unsigned(address, 5n)), invocation(called))];
  const entry = nonceOf(address, 5n);
  const again = updated(entry, entry);
  assert.deepEqual(others(index({ auth, changes: again })), []);
  assert.deepEqual(others(index({ auth, changes: [...again, ...updated(nonceTtl(address, 5n, 1), nonceTtl(address, 5n, 9))] })), []);
  assert.deepEqual(others(index({ auth, changes: [...again, ...updated(nonceTtl(address, 5n, 0), nonceTtl(address, 5n, 9))] })), [
    alice.address,
  ]);
});

test("a delegate takes part when it signed, and its account's nonce was consumed", () => {
  const tree = invocation(called);
  const own = unsigned(other.xdr, 3n);
  const payload = delegatePayload(own, tree);
  const signed = (signature: xdr.ScVal, nested: xdr.SorobanDelegateSignature[] = []): string[] => {
    const delegates = [delegate(accountAddress(alice), signature, nested)];
    const credentials = sorobanCredentialsAddressWithDelegates(
      new xdr.SorobanAddressCredentialsWithDelegates({ addressCredentials: own, delegates }),
    );
    const auth = [authorization(credentials, tree)];
    assert.deepEqual(others(index({ auth })), [], "not consumed");
    return others(index({ auth, changes: created(nonceOf(other.xdr, 3n)) })).filter((account) => account !== other.address);
  };
  assert.deepEqual(signed(accountSignature(alice, payload)), [alice.address]);
  // Whom an attacker's account contract names: unsigned, of another payload, by another key, and in no shape at all.
  assert.deepEqual(signed(xdr.ScVal.scvVoid()), []);
  assert.deepEqual(signed(accountSignature(alice, delegatePayload(unsigned(other.xdr, 4n), tree))), []);
  assert.deepEqual(signed(accountSignature(alice, delegatePayload(own, invocation(other)))), []);
  assert.deepEqual(signed(accountSignature(bob, payload)), []);
  assert.deepEqual(signed(xdr.ScVal.scvVec([xdr.ScVal.scvVoid()])), []);
  const nested = [delegate(accountAddress(bob), accountSignature(bob, payload)), delegate(contract("any").xdr, xdr.ScVal.scvVoid())];
  assert.deepEqual(signed(xdr.ScVal.scvVoid(), nested), [bob.address]);
});

test("no more than 16 signatures of delegates are verified for an operation", () => {
  const tree = invocation(called);
  const own = unsigned(other.xdr, 3n);
  const payload = delegatePayload(own, tree);
  const people = Array.from({ length: 20 }, (_, i) => person(`delegate ${i}`));
  const delegates = people.map((each) => delegate(accountAddress(each), accountSignature(each, payload)));
  const credentials = sorobanCredentialsAddressWithDelegates(
    new xdr.SorobanAddressCredentialsWithDelegates({ addressCredentials: own, delegates }),
  );
  const linked = others(index({ auth: [authorization(credentials, tree)], changes: created(nonceOf(other.xdr, 3n)) }));
  assert.deepEqual(linked, [other.address, ...people.slice(0, 16).map(({ address }) => address)].sort());
});

test("a created contract has a row with the deployer whose preimage is its id's", () => {
  const { args, made } = deployment(accountAddress(alice), "one");
  const changes = created(instanceOf(made));
  const direct = index({ hostFunction: xdr.HostFunction.hostFunctionTypeCreateContract(args), changes });
  const declared = [invocation(called, [invocation(args)]), invocation(args)];
  for (const rows of [direct, ...declared.map((tree) => index({ auth: [authorization(sourceCredentials, tree)], changes }))]) {
    assert.deepEqual(deploys(rows), [[made.address, alice.address]]);
    assert.deepEqual(others(rows), [made.address, alice.address].sort());
  }
});

test("a created contract takes part without a row where no preimage makes its id", () => {
  const { made } = deployment(called.xdr, "by the factory itself");
  const { args } = deployment(accountAddress(bob), "another");
  const rows = index({ auth: [authorization(sourceCredentials, invocation(args))], changes: created(instanceOf(made)) });
  assert.deepEqual(deploys(rows), []);
  assert.deepEqual(others(rows), [made.address]);
});

test("nothing is deployed by an instance that was there, was restored, or whose transaction failed", () => {
  const { args, made } = deployment(accountAddress(alice), "one");
  const auth = [authorization(sourceCredentials, invocation(args))];
  for (const call of [
    { changes: updated(instanceOf(made), instanceOf(made)) },
    { changes: restored(instanceOf(made)) },
    { changes: created(instanceOf(made)), failed: true },
  ]) {
    const rows = index({ auth, ...call });
    assert.deepEqual(deploys(rows), []);
    assert.deepEqual(others(rows), []);
  }
});

test("contracts take part by events and by data that changed, not by topics, footprints or diagnostics", () => {
  const topics = [
    xdr.ScVal.scvSymbol("transfer"),
    xdr.ScVal.scvAddress(accountAddress(alice)),
    xdr.ScVal.scvAddress(contract("named").xdr),
  ];
  assert.deepEqual(others(index({ events: [event(other, topics)] })), [other.address]);
  assert.deepEqual(others(index({ events: [event(other, [], { type: xdr.ContractEventType.system })] })), [other.address]);
  assert.deepEqual(others(index({ events: [event(other, topics, { type: xdr.ContractEventType.diagnostic })] })), []);
  assert.deepEqual(others(index({ changes: created(dataOf(other, 1)) })), [other.address]);
  assert.deepEqual(others(index({ changes: updated(dataOf(other, 1), dataOf(other, 2)) })), [other.address]);
  assert.deepEqual(others(index({ changes: updated(dataOf(other, 1), dataOf(other, 1)) })), []);
  assert.deepEqual(others(index({ changes: restored(dataOf(other, 1)) })), []);
});

test("participants beyond the bound are left out: emitters first, then owners of data, created contracts, authorisers", () => {
  const many = (kind: string, count: number) => Array.from({ length: count }, (_, i) => contract(`${kind} ${i}`));
  const events = many("emitter", 30).map((emitter) => event(emitter, []));
  const owners = many("owner", 30);
  const people = many("person", 30);
  const auth = people.map(({ xdr: address }, i) =>
    authorization(sorobanCredentialsAddress(unsigned(address, BigInt(i))), invocation(called)),
  );
  const changes = [
    ...owners.flatMap((owner) => created(dataOf(owner, 1))),
    ...people.flatMap(({ xdr: address }, i) => created(nonceOf(address, BigInt(i)))),
  ];
  const linked = new Set(others(index({ auth, changes, events })));
  assert.equal(linked.size, MAX_OTHER_PARTICIPANTS);
  for (const { address } of [...people, ...owners, ...many("emitter", MAX_OTHER_PARTICIPANTS - 60)]) assert.ok(linked.has(address));
});

test("hostile calls take time by their bytes", () => {
  const names = (kind: string, count: number) => Array.from({ length: count }, (_, i) => contract(`${kind} ${i}`));
  const milliseconds = (call: Partial<Call>): number => {
    const bytes = callLedger({ hostFunction, ...call });
    indexBytes(indexer, bytes);
    const start = process.cpuUsage();
    indexBytes(indexer, bytes);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  let deep = invocation(called);
  for (let i = 0; i < 240; i++) deep = invocation(called, [deep]);
  const entry = (name: string, i: number): xdr.SorobanAuthorizationEntry =>
    authorization(sorobanCredentialsAddress(unsigned(contract(name).xdr, BigInt(i))), invocation(called));
  const size = (n: number): Partial<Call>[] => [
    {
      auth: Array.from({ length: n }, (_, i) => entry(`nonce ${i}`, i)),
      changes: Array.from({ length: n }, (_, i) => created(nonceOf(contract(`nonce ${i}`).xdr, BigInt(i)))).flat(),
    },
    {
      auth: [
        authorization(
          sourceCredentials,
          invocation(
            called,
            Array.from({ length: n }, (_, i) => invocation(deployment(other.xdr, `${i}`).args)),
          ),
        ),
      ],
      changes: Array.from({ length: n }, (_, i) => created(instanceOf(deployment(other.xdr, `${i}`).made))).flat(),
    },
    { events: names("emitter", n).map((emitter) => event(emitter, Array<xdr.ScVal>(8).fill(xdr.ScVal.scvU32(1)))) },
    {
      auth: Array<xdr.SorobanAuthorizationEntry>(n / 50).fill(authorization(sourceCredentials, deep)),
      changes: created(instanceOf(other)),
    },
    {
      events: names("holder", n).map(({ xdr: holder }) =>
        event(nativeAsset(), [xdr.ScVal.scvSymbol("set_authorized"), xdr.ScVal.scvAddress(holder), xdr.ScVal.scvString("native")], {
          data: xdr.ScVal.scvBool(true),
        }),
      ),
      changes: names("holder", n).flatMap((holder) => created(dataOf(holder, 1))),
    },
  ];
  const [small, large] = [size(200), size(2000)];
  for (const [at, call] of large.entries()) {
    const [few, many] = [milliseconds(small[at]!), milliseconds(call)];
    // Ten times as much; a quadratic walk would take a hundred times as long.
    assert.ok(many < 40 * Math.max(few, 2), `case ${at}: ${few} and ${many} ms`);
  }
});

sharedTest("authorisations that nobody signed and nobody used give a stranger no history", () => {
  const rows = indexBytes(createIndexer("Bug Reports ; 2026"), readShared("ledgers/reports/forged-authorization/100.xdr"));
  const linked = new Set([...rows.transactions, ...rows.operations].flatMap(({ accounts }) => accounts.map(({ text }) => text)));
  assert.deepEqual(
    linked,
    new Set(["GBJSBGG7XTZQABTZQYGIOKQSIIIWVVCFYWKUVSLGDQYDEXOKJCHXFFDD", "CC335CTSNUGHUUR3BUCI6RKGWQWQAGLAAEKA4DGKDFWWNLQJLSGYD27D"]),
  );
  assert.deepEqual(
    rows.stateChanges.map(({ category }) => category),
    ["BALANCE"],
  );
});
