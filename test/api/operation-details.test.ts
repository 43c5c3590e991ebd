import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { operationId, transactionId } from "../../functions/shared/columns/toid.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { accountOf, accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { type MadeOperation, writeTransactions } from "../fixtures/history-rows.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { sharedTest } from "../fixtures/shared.ts";

const database = await testDatabase();
const api = testApi(database.url);
after(() => api.close());

const account = accountOfColumn(`\\x30${"11".repeat(32)}`);
const MUXED = encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.muxedAccount), Buffer.alloc(32, 17), Buffer.alloc(8, 255)]));
const CONTRACT = encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.contract), Buffer.alloc(32, 2)]));

/** An operation whose own source is the account. @param body SEP-51 JSON of the SDK */
function operation(type: string, body: object | string, source = account.text): MadeOperation {
  const made = xdr.Operation.fromJson({ source_account: source, body } as never);
  return { accounts: [account.column], type, xdr: Buffer.from(made.toXdr()) };
}

/** An operation of a type that no protocol has yet: its body's arm is written over. */
function unknownOperation(): MadeOperation {
  const made = operation("INFLATION", "inflation");
  const bytes = Buffer.from(made.xdr!);
  bytes.writeInt32BE(99, bytes.length - 4);
  return { ...made, type: "INFLATION", xdr: bytes };
}

const call = (args: object[]): MadeOperation =>
  operation("INVOKE_HOST_FUNCTION", {
    invoke_host_function: {
      host_function: {
        invoke_contract: {
          contract_address: CONTRACT,
          function_name: "f",
          args,
        },
      },
      auth: [],
    },
  });

const LEDGER = 1_000;
const OPERATIONS: readonly MadeOperation[] = [
  operation("BUMP_SEQUENCE", { bump_sequence: { bump_to: "9223372036854775807" } }, MUXED),
  unknownOperation(),
  unknownOperation(),
  operation("MANAGE_DATA", { manage_data: { data_name: 'a "name" \\\\', data_value: null } }),
  call([{ u32: 1 }, { i128: "-170141183460469231731687303715884105728" }, { vec: [{ symbol: "a" }, "void"] }]),
  call([{ bytes: "00".repeat(17_000) }]),
];

before(() =>
  writeTransactions(database.connect(), [
    {
      ledger: LEDGER,
      place: 1,
      closedAt: 1_700_000_000,
      hash: Buffer.alloc(32, 1),
      accounts: [account.column],
      operations: OPERATIONS,
    },
  ]),
);

const id = (place: number): string => operationId(transactionId(LEDGER, 1), place);
const ofOperation = (place: number, fields: string) => api.ask(`{ operationById(id: ${id(place)}) { ${fields} } }`);

test("an operation has its index, its source as it is written, and what it says", async () => {
  const { data, errors } = await ofOperation(1, "index sourceAddress details");
  assert.equal(errors, undefined, JSON.stringify(errors));
  assert.deepEqual(data.operationById, { index: 0, sourceAddress: MUXED, details: { bump_to: "9223372036854775807" } });
  const other = await ofOperation(4, "index sourceAddress details same: details");
  const details = { name: 'a "name" \\', value: null };
  assert.deepEqual(other.data.operationById, { index: 3, sourceAddress: account.text, details, same: details });
});

test("a contract call has its contract, its function and its arguments as readable values", async () => {
  const { data } = await ofOperation(5, "details");
  const { parameters, ...details } = data.operationById.details;
  assert.deepEqual(details, {
    function: "HostFunctionTypeHostFunctionTypeInvokeContract",
    address: "",
    salt: "",
    contract_id: CONTRACT,
    function_name: "f",
    arguments: [1, "-170141183460469231731687303715884105728", ["a", null]],
    asset_balance_changes: null,
    authorizers: [],
  });
  assert.deepEqual(
    parameters.map(({ type }: { type: string }) => type),
    ["Address", "Sym", "U32", "I128", "Vec"],
  );
});

test("arguments without end are cut, and whole among the parameters", async () => {
  const { data } = await ofOperation(6, "details");
  const { details } = data.operationById;
  assert.deepEqual([details.arguments, details.arguments_truncated], [[{ truncated: true }], true]);
  assert.equal(Buffer.from(details.parameters[2].value, "base64").length, 17_008);
});

test("an operation of an unknown type has no details, and one line of the log says so", async () => {
  const seen = api.warnings.length;
  const { data, errors } = await api.ask(
    `{ transactionByHash(hash: "${"01".repeat(32)}") { operations { edges { node { index sourceAddress details } } } } }`,
  );
  assert.equal(errors, undefined);
  const nodes = data.transactionByHash.operations.edges.map(({ node }: { node: { details: object | null } }) => node);
  assert.deepEqual(
    nodes.map(({ details }: { details: object | null }) => details === null),
    [false, true, true, false, false, false],
  );
  assert.deepEqual(nodes[1], { index: 1, sourceAddress: account.text, details: null });
  assert.deepEqual(api.warnings.slice(seen), ["unreadable operation"]);
});

test("details are charged as they are long, as often as they are asked for", async () => {
  const bytes = async (fields: string): Promise<number> => {
    const { errors } = await ofOperation(6, fields);
    assert.equal(errors, undefined);
    return api.lastRecord().taken!.bytesSent;
  };
  const [none, once, twice] = [await bytes("id"), await bytes("id details"), await bytes("id details again: details")];
  const { body } = await api.post(JSON.stringify({ query: `{ operationById(id: ${id(6)}) { details } }` }));
  assert.ok(once - none > 0.95 * body.length && once - none < 1.1 * body.length + 200, `${once - none} of ${body.length}`);
  assert.ok(Math.abs(twice - once - (once - none)) < 20);
});

test("a page of details that is too large ends as any other", async () => {
  const small = testApi(database.url, { graphqlComplexityLimit: 300 });
  try {
    const fields = [1, 2, 3, 4].map((at) => `a${at}: details`).join(" ");
    const { data, errors } = await small.ask(`{ operationById(id: ${id(6)}) { ${fields} } }`);
    assert.equal(errors?.[0]?.extensions.code, "QUERY_TOO_EXPENSIVE");
    assert.ok(JSON.stringify(data).length < 200_000);
  } finally {
    await small.close();
  }
});

sharedTest("pages of the busiest accounts are answered with all details, and charged what they are", async () => {
  const chain = await testDatabase("chain");
  const served = testApi(chain.url);
  try {
    const [row] = await chain.connect()<{ hash: string }[]>`
      select encode(hash, 'hex') as hash from transactions order by length(payload) desc limit 1`;
    const { data } = await served.ask(
      `{ transactionByHash(hash: "${row!.hash}") { operations(first: 1) { edges { node { sourceAddress } } } } }`,
    );
    const { sourceAddress: address } = data.transactionByHash.operations.edges[0].node;
    assert.ok(accountOf(address));
    const { body } = await served.post(
      JSON.stringify({
        query: `{ accountByAddress(address: "${address}") { operations(first: 100) { edges { node { type sourceAddress index details } } } } }`,
      }),
    );
    const page = JSON.parse(body) as {
      errors?: unknown;
      data: { accountByAddress: { operations: { edges: { node: { details: object } }[] } } };
    };
    assert.equal(page.errors, undefined);
    const { edges } = page.data.accountByAddress.operations;
    // A sponsorship that begins or ends says one thing.
    assert.ok(edges.length > 20 && edges.every(({ node }) => Object.keys(node.details).length > 0), String(edges.length));
    const charged = served.lastRecord().taken!.bytesSent / Buffer.byteLength(JSON.stringify(body));
    assert.ok(charged > 0.9 && charged < 1.3, `${charged}`);
  } finally {
    await served.close();
  }
});
