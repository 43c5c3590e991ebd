import assert from "node:assert/strict";
import { test } from "node:test";
import { Transaction } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import * as fc from "fast-check";
import type { DetailsChange, Outcome } from "../../functions/serve/operations/body.ts";
import { OperationHead } from "../../functions/serve/operations/details.ts";
import { type Party, partyOfKey } from "../../functions/serve/operations/party.ts";
import { TransactionOperations } from "../../functions/serve/operations/transaction-operations.ts";
import { byteaText } from "../../functions/shared/columns/bytea.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { sha256 } from "../../bin/simulated-network/keys.ts";
import { wordsOf } from "../../functions/shared/xdr/words-of.ts";
import { XdrError } from "../../functions/shared/xdr/words.ts";

/* What operations of each type and arm say, in Horizon's names, by hand. The operations are made by the SDK from its own JSON (SEP-51). */

const strkey = (version: number, byte: number, length = 32): string =>
  encodeStrkey(Buffer.concat([Buffer.of(version), Buffer.alloc(length, byte)]));
const [A, B, ISSUER] = [1, 2, 3].map((byte) => strkey(StrkeyVersion.account, byte)) as [string, string, string];
const MUXED_A = encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.muxedAccount), Buffer.alloc(32, 1), Buffer.alloc(8, 255)]));
const MUXED = { text: MUXED_A, id: "18446744073709551615" };
const POOL = strkey(StrkeyVersion.liquidityPool, 4);
const CONTRACT = strkey(StrkeyVersion.contract, 5);
const BALANCE = encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.claimableBalance, 0), Buffer.alloc(32, 6)]));
/** A payload of 29 bytes, which XDR pads. */
const SIGNED_PAYLOAD = encodeStrkey(
  Buffer.concat([
    Buffer.of(StrkeyVersion.signedPayload),
    Buffer.alloc(32, 7),
    Buffer.of(0, 0, 0, 29),
    Buffer.alloc(29, 8),
    Buffer.alloc(3),
  ]),
);
const BALANCE_HEX = `00000000${"06".repeat(32)}`;
const USD = { credit_alphanum4: { asset_code: "USD", issuer: ISSUER } };
const LONG = { credit_alphanum12: { asset_code: "LONGERCODE", issuer: ISSUER } };
const MAX = "9223372036854775807";
const MAX_UNITS = "922337203685.4775807";

const source: Party = partyOfKey(wordsOf(Buffer.alloc(32, 1)), 0);

const failed: Outcome = {
  successful: false,
  changes: [],
  sponsorOf: () => null,
  beginnerFor: () => null,
  claimableBalanceHash: () => Buffer.alloc(32),
  contractOf: () => CONTRACT,
};

function operation(body: object | string, sourceAccount: string | null = null): Buffer {
  return Buffer.from(xdr.Operation.fromJson({ source_account: sourceAccount, body } as never).toXdr());
}

/** @throws XdrError */
function head(bytes: Buffer): OperationHead {
  return new OperationHead(wordsOf(bytes), bytes, 0, bytes.length / 4);
}

function detailsOf(body: object | string): unknown {
  return head(operation(body)).details(source, failed);
}

const USD_DETAILS = { asset_type: "credit_alphanum4", asset_code: "USD", asset_issuer: ISSUER };

const CASES: [title: string, body: object | string, details: object][] = [
  ["inflation", "inflation", {}],
  ["bump sequence", { bump_sequence: { bump_to: MAX } }, { bump_to: MAX }],
  ["manage data: set", { manage_data: { data_name: "n\\xff", data_value: "00ff" } }, { name: "n\uFFFD", value: "AP8=" }],
  ["manage data: empty", { manage_data: { data_name: "n", data_value: "" } }, { name: "n", value: "" }],
  ["manage data: remove", { manage_data: { data_name: "n", data_value: null } }, { name: "n", value: null }],
  [
    "create passive sell offer",
    { create_passive_sell_offer: { selling: "native", buying: LONG, amount: MAX, price: { n: 2, d: 3 } } },
    {
      amount: MAX_UNITS,
      price: "0.6666667",
      price_r: { n: 2, d: 3 },
      buying_asset_type: "credit_alphanum12",
      buying_asset_code: "LONGERCODE",
      buying_asset_issuer: ISSUER,
      selling_asset_type: "native",
    },
  ],
  ["revoke: account", { revoke_sponsorship: { ledger_entry: { account: { account_id: A } } } }, { account_id: A }],
  [
    "revoke: trustline",
    { revoke_sponsorship: { ledger_entry: { trustline: { account_id: A, asset: USD } } } },
    { trustline_account_id: A, trustline_asset: `USD:${ISSUER}` },
  ],
  [
    "revoke: pool share",
    { revoke_sponsorship: { ledger_entry: { trustline: { account_id: A, asset: { pool_share: POOL } } } } },
    { trustline_account_id: A, trustline_liquidity_pool_id: "04".repeat(32) },
  ],
  ["revoke: offer", { revoke_sponsorship: { ledger_entry: { offer: { seller_id: A, offer_id: MAX } } } }, { offer_id: MAX }],
  [
    "revoke: data",
    { revoke_sponsorship: { ledger_entry: { data: { account_id: A, data_name: "n" } } } },
    { data_account_id: A, data_name: "n" },
  ],
  [
    "revoke: claimable balance",
    { revoke_sponsorship: { ledger_entry: { claimable_balance: { balance_id: BALANCE } } } },
    { claimable_balance_id: BALANCE_HEX },
  ],
  [
    "revoke: liquidity pool",
    { revoke_sponsorship: { ledger_entry: { liquidity_pool: { liquidity_pool_id: POOL } } } },
    { liquidity_pool_id: "04".repeat(32) },
  ],
  ["revoke: an entry that nobody can sponsor", { revoke_sponsorship: { ledger_entry: { ttl: { key_hash: "07".repeat(32) } } } }, {}],
  [
    "revoke: signer",
    { revoke_sponsorship: { signer: { account_id: A, signer_key: strkey(StrkeyVersion.preAuthTransaction, 8) } } },
    { signer_account_id: A, signer_key: strkey(StrkeyVersion.preAuthTransaction, 8) },
  ],
  [
    "revoke: signer of a payload",
    { revoke_sponsorship: { signer: { account_id: A, signer_key: SIGNED_PAYLOAD } } },
    { signer_account_id: A, signer_key: SIGNED_PAYLOAD },
  ],
  ["clawback claimable balance", { clawback_claimable_balance: { balance_id: BALANCE } }, { balance_id: BALANCE_HEX }],
  [
    "clawback",
    { clawback: { asset: USD, from: MUXED_A, amount: "1" } },
    { ...USD_DETAILS, from: A, from_muxed: MUXED.text, from_muxed_id: MUXED.id, amount: "0.0000001" },
  ],
  [
    "set trust line flags",
    { set_trust_line_flags: { trustor: B, asset: USD, clear_flags: 6, set_flags: 1 } },
    {
      trustor: B,
      ...USD_DETAILS,
      set_flags: [1],
      set_flags_s: ["authorized"],
      clear_flags: [2, 4],
      clear_flags_s: ["authorized_to_maintain_liabilites", "clawback_enabled"],
    },
  ],
  [
    "set trust line flags: none",
    { set_trust_line_flags: { trustor: B, asset: USD, clear_flags: 0, set_flags: 0 } },
    { trustor: B, ...USD_DETAILS },
  ],
  [
    "allow trust: may only keep its liabilities",
    { allow_trust: { trustor: B, asset: "USD", authorize: 2 } },
    {
      asset_type: "credit_alphanum4",
      asset_code: "USD",
      asset_issuer: A,
      trustee: A,
      trustor: B,
      authorize: false,
      authorize_to_maintain_liabilities: true,
    },
  ],
  [
    "change trust: pool share",
    {
      change_trust: { line: { pool_share: { liquidity_pool_constant_product: { asset_a: "native", asset_b: USD, fee: 30 } } }, limit: "0" },
    },
    {
      asset_type: "liquidity_pool_shares",
      liquidity_pool_id: poolId(),
      trustor: A,
      limit: "0.0000000",
    },
  ],
  [
    "liquidity pool deposit that failed",
    {
      liquidity_pool_deposit: {
        liquidity_pool_id: POOL,
        max_amount_a: MAX,
        max_amount_b: "1",
        min_price: { n: 1, d: 2147483647 },
        max_price: { n: 2147483647, d: 1 },
      },
    },
    {
      liquidity_pool_id: "04".repeat(32),
      reserves_max: [{ amount: MAX_UNITS }, { amount: "0.0000001" }],
      min_price: "0.0000000",
      min_price_r: { n: 1, d: 2147483647 },
      max_price: "2147483647.0000000",
      max_price_r: { n: 2147483647, d: 1 },
      reserves_deposited: [{ amount: "0.0000000" }, { amount: "0.0000000" }],
    },
  ],
  [
    "liquidity pool withdraw that failed",
    { liquidity_pool_withdraw: { liquidity_pool_id: POOL, amount: "30", min_amount_a: "10", min_amount_b: "20" } },
    {
      liquidity_pool_id: "04".repeat(32),
      reserves_min: [{ amount: "0.0000010" }, { amount: "0.0000020" }],
      shares: "0.0000030",
      reserves_received: [{ amount: "0.0000000" }, { amount: "0.0000000" }],
    },
  ],
  ["extend footprint TTL", { extend_footprint_ttl: { ext: "v0", extend_to: 4294967295 } }, { extend_to: 4294967295 }],
  ["restore footprint", { restore_footprint: { ext: "v0" } }, {}],
  [
    "set options: everything",
    {
      set_options: {
        inflation_dest: B,
        clear_flags: 4,
        set_flags: 9,
        master_weight: 0,
        low_threshold: 1,
        med_threshold: 2,
        high_threshold: 4294967295,
        home_domain: "",
        signer: { key: strkey(StrkeyVersion.hashX, 9), weight: 0 },
      },
    },
    {
      inflation_dest: B,
      set_flags: [1, 8],
      set_flags_s: ["auth_required", "auth_clawback_enabled"],
      clear_flags: [4],
      clear_flags_s: ["auth_immutable"],
      master_key_weight: 0,
      low_threshold: 1,
      med_threshold: 2,
      high_threshold: 4294967295,
      home_domain: "",
      signer_key: strkey(StrkeyVersion.hashX, 9),
      signer_weight: 0,
    },
  ],
  [
    "create claimable balance: every predicate",
    {
      create_claimable_balance: {
        asset: LONG,
        amount: "1",
        claimants: [
          ["and", [{ before_relative_time: MAX }, { not: "unconditional" }]],
          ["or", [{ before_absolute_time: "1939508452" }, { before_absolute_time: MAX }]],
          ["and", [{ before_absolute_time: "-1" }, { before_absolute_time: "-62135596801" }]],
          ["or", [{ before_absolute_time: "253402300800" }, { not: null }]],
        ].map(([arm, predicates]) => ({ claimant_type_v0: { destination: B, predicate: { [arm as string]: predicates } } })),
      },
    },
    {
      asset: `LONGERCODE:${ISSUER}`,
      amount: "0.0000001",
      claimants: [
        { and: [{ rel_before: MAX }, { not: { unconditional: true } }] },
        {
          or: [
            { abs_before: "2031-06-18T00:20:52Z", abs_before_epoch: "1939508452" },
            { abs_before: "+292277026596-12-04T15:30:07Z", abs_before_epoch: MAX },
          ],
        },
        {
          and: [
            { abs_before: "1969-12-31T23:59:59Z", abs_before_epoch: "-1" },
            { abs_before: "0000-12-31T23:59:59Z", abs_before_epoch: "-62135596801" },
          ],
        },
        { or: [{ abs_before: "+10000-01-01T00:00:00Z", abs_before_epoch: "253402300800" }, { not: null }] },
      ].map((predicate) => ({ destination: B, predicate })),
    },
  ],
  [
    "upload wasm",
    { invoke_host_function: { host_function: { upload_contract_wasm: "0061736d" }, auth: [] } },
    {
      function: "HostFunctionTypeHostFunctionTypeUploadContractWasm",
      parameters: null,
      address: "",
      salt: "",
      wasm_hash: "cd5d4935a48c0672cb06407bb443bc0087aff947c6b864bac886982c73b3027f",
      wasm_size: 4,
      asset_balance_changes: null,
      authorizers: [],
    },
  ],
  [
    "create contract of an asset",
    {
      invoke_host_function: {
        host_function: { create_contract: { contract_id_preimage: { asset: USD }, executable: "stellar_asset" } },
        auth: [],
      },
    },
    {
      function: "HostFunctionTypeHostFunctionTypeCreateContract",
      parameters: null,
      address: "",
      salt: "",
      from: "asset",
      asset: `USD:${ISSUER}`,
      contract_id: CONTRACT,
      executable: { type: "stellar_asset" },
      asset_balance_changes: null,
      authorizers: [],
    },
  ],
  [
    "create contract with a constructor, credentials of others, and an executable by reference",
    {
      invoke_host_function: {
        host_function: {
          create_contract_v2: {
            contract_id_preimage: { address: { address: A, salt: `${"00".repeat(30)}0100` } },
            executable: { external_ref: { executable_owner: CONTRACT, tag: "v1" } },
            constructor_args: [{ u64: "18446744073709551615" }],
          },
        },
        auth: [credentialsOf(B), "source_account", credentialsOf(CONTRACT), credentialsOf(B)].map((credentials) => ({
          credentials,
          root_invocation: {
            function: { contract_fn: { contract_address: CONTRACT, function_name: "f", args: [] } },
            sub_invocations: [],
          },
        })),
      },
    },
    {
      function: "HostFunctionTypeHostFunctionTypeCreateContractV2",
      parameters: [{ value: "AAAABf//////////", type: "U64" }],
      address: A,
      salt: "256",
      from: "address",
      contract_id: CONTRACT,
      executable: { type: "external_ref", owner: CONTRACT, tag: "v1" },
      arguments: ["18446744073709551615"],
      asset_balance_changes: null,
      authorizers: [B, CONTRACT],
    },
  ],
];

function credentialsOf(address: string): object {
  return { address: { address, nonce: "1", signature_expiration_ledger: 2, signature: "void" } };
}

function poolId(): string {
  const { body } = xdr.Operation.fromXdr(
    operation({
      change_trust: { line: { pool_share: { liquidity_pool_constant_product: { asset_a: "native", asset_b: USD, fee: 30 } } }, limit: "0" },
    }),
  );
  assert.ok(body.type === "changeTrust" && body.value.line.type === "assetTypePoolShare");
  return sha256(body.value.line.value.toXdr()).toString("hex");
}

for (const [title, body, details] of CASES) test(`details of an operation: ${title}`, () => assert.deepEqual(detailsOf(body), details));

const PASSPHRASE = "a network";
const NETWORK_ID = sha256(PASSPHRASE);
const column = (byte: number): string => byteaText(Buffer.concat([Buffer.of(StrkeyVersion.account), Buffer.alloc(32, byte)]));
const token = (byte: number): string => byteaText(Buffer.concat([Buffer.of(StrkeyVersion.contract), Buffer.alloc(32, byte)]));

type Change = DetailsChange & { operationPlace: number };

function change(operationPlace: number, kind: string, members: Partial<Change> = {}): Change {
  const [category, reason] = kind.split("/") as [string, string];
  const none = { tokenColumn: null, counterpartyColumn: null, amount: null, signerAddress: null };
  return { operationPlace, category, reason, accountColumn: column(1), ...none, ...members };
}

/** A movement of a token with the number, of so many stroops. */
function moved(kind: string, account: number, tokenNumber: number, amount: string): Change {
  return change(1, `BALANCE/${kind}`, { accountColumn: column(account), tokenColumn: token(tokenNumber), amount });
}

interface Made {
  operations: readonly (readonly [type: string, body: object | string, source?: string])[];
  changes?: readonly Change[];
  source?: string;
  successful?: boolean;
}

function made(from: string, operations: readonly Buffer[]): xdr.Transaction {
  return new xdr.Transaction({
    sourceAccount: xdr.MuxedAccount.fromJson(from),
    fee: 100,
    seqNum: 77n,
    cond: xdr.Preconditions.precondNone(),
    memo: xdr.Memo.memoNone(),
    operations: operations.map((bytes) => xdr.Operation.fromXdr(bytes)),
    ext: xdr.TransactionExt.v0(),
  });
}

/** Views of a transaction's operations, as payloads have them. */
function viewsOf(transactionXdr: Buffer, operations: readonly Buffer[]): Buffer[] {
  let at = 0;
  return operations.map((bytes) => {
    const start = transactionXdr.indexOf(bytes, at);
    at = start + bytes.length;
    return transactionXdr.subarray(start, at);
  });
}

function transactionOf({ operations, changes = [], source: from = A, successful = true }: Made) {
  const bytes = operations.map(([, body, own]) => operation(body, own ?? null));
  const transactionXdr = Buffer.from(made(from, bytes).toXdr());
  const operationNodes = viewsOf(transactionXdr, bytes).map((operationBytes, at) => ({ type: operations[at]![0], operationBytes }));
  const reader = new TransactionOperations(
    { successful, operationNodes, stateChangeNodes: changes },
    { envelopeType: "v1", transactionXdr },
    NETWORK_ID,
  );
  return {
    details: operationNodes.map(({ operationBytes }, at) => reader.details(at + 1, operationBytes)),
    sources: operationNodes.map(({ operationBytes }) => reader.sourceAddress(operationBytes)),
  };
}

const PAYMENT = ["PAYMENT", { payment: { destination: MUXED_A, asset: "native", amount: "1" } }] as const;

test("an operation without a source has its transaction's, and both are shown as they are written", () => {
  const { details, sources } = transactionOf({ operations: [PAYMENT, [...PAYMENT, B]], source: MUXED_A });
  assert.deepEqual(sources, [MUXED_A, B]);
  const to = { to: A, to_muxed: MUXED.text, to_muxed_id: MUXED.id, amount: "0.0000001", asset_type: "native" };
  assert.deepEqual(details, [
    { from: A, from_muxed: MUXED.text, from_muxed_id: MUXED.id, ...to },
    { from: B, ...to },
  ]);
});

test("the source of an old envelope is a key alone", () => {
  const key = Buffer.alloc(32, 2);
  const old = { sourceAccountEd25519: key, fee: 1, seqNum: 9n, timeBounds: null, memo: xdr.Memo.memoNone() };
  const bytes = operation({ create_claimable_balance: { asset: "native", amount: "1", claimants: [] } });
  const tx = new xdr.TransactionV0({ ...old, operations: [xdr.Operation.fromXdr(bytes)], ext: xdr.TransactionV0Ext.v0() });
  const transactionXdr = Buffer.from(tx.toXdr());
  const [create] = viewsOf(transactionXdr, [bytes]) as [Buffer];
  const reader = new TransactionOperations(
    { successful: true, operationNodes: [], stateChangeNodes: [] },
    { envelopeType: "v0", transactionXdr },
    NETWORK_ID,
  );
  assert.equal(reader.sourceAddress(create), B);
  assert.equal(reader.details(1, create).sponsor, B);
});

test("a claimable balance has the id that the SDK works out, by the place of its operation", () => {
  const claimants = [{ claimant_type_v0: { destination: B, predicate: "unconditional" } }];
  const body = { create_claimable_balance: { asset: "native", amount: "1", claimants } };
  const operations = [PAYMENT, ["CREATE_CLAIMABLE_BALANCE", body, B]] as const;
  for (const from of [A, MUXED_A]) {
    const { details } = transactionOf({ operations, source: from });
    const tx = made(
      from,
      operations.map(([, each, own]) => operation(each, own ?? null)),
    );
    const envelope = xdr.TransactionEnvelope.envelopeTypeTx(new xdr.TransactionV1Envelope({ tx, signatures: [] }));
    assert.equal(details[1]!.balance_id, new Transaction(envelope, PASSPHRASE).getClaimableBalanceId(1));
  }
  assert.equal(transactionOf({ operations, successful: false }).details[1]!.balance_id, undefined);
});

test("a claimable balance has the id that the movement into it has", () => {
  const claimants = [{ claimant_type_v0: { destination: B, predicate: "unconditional" } }];
  const body = { create_claimable_balance: { asset: "native", amount: "1", claimants } };
  const hash = Buffer.alloc(32, 0xab);
  const counterpartyColumn = byteaText(Buffer.concat([Buffer.of(StrkeyVersion.claimableBalance, 0), hash]));
  for (const kind of ["BALANCE/DEBIT", "BALANCE/MINT"]) {
    const changes = [change(1, "BALANCE/DEBIT", { counterpartyColumn: column(2) }), change(2, kind, { counterpartyColumn })];
    const { details } = transactionOf({ operations: [PAYMENT, ["CREATE_CLAIMABLE_BALANCE", body]], changes });
    assert.equal(details[1]!.balance_id, `00000000${hash.toString("hex")}`);
  }
});

const begin = (sponsored: string, sponsor: string) =>
  ["BEGIN_SPONSORING_FUTURE_RESERVES", { begin_sponsoring_future_reserves: { sponsored_id: sponsored } }, sponsor] as const;
const end = (sponsored: string) => ["END_SPONSORING_FUTURE_RESERVES", "end_sponsoring_future_reserves", sponsored] as const;
const trust = (of: string) => ["CHANGE_TRUST", { change_trust: { line: USD, limit: "1" } }, of] as const;
const data = (of: string) => ["MANAGE_DATA", { manage_data: { data_name: "n", data_value: "00" } }, of] as const;
const create = (account: string) => ["CREATE_ACCOUNT", { create_account: { destination: account, starting_balance: "0" } }] as const;
const claimable = (of: string) =>
  ["CREATE_CLAIMABLE_BALANCE", { create_claimable_balance: { asset: "native", amount: "1", claimants: [] } }, of] as const;
const signer = (of: string) =>
  ["SET_OPTIONS", { set_options: { ...NO_OPTIONS, signer: { key: strkey(StrkeyVersion.hashX, 9), weight: 1 } } }, of] as const;
const NO_OPTIONS = {
  inflation_dest: null,
  clear_flags: null,
  set_flags: null,
  master_weight: null,
  low_threshold: null,
  med_threshold: null,
  high_threshold: null,
  home_domain: null,
  signer: null,
};

/** Sponsorships at once and one after the other: of B and the issuer by A, of A by B, and of B by the issuer. */
const SANDWICHES: Made = {
  operations: [
    begin(B, MUXED_A),
    begin(ISSUER, A),
    create(B),
    trust(B),
    trust(ISSUER),
    trust(A),
    end(B),
    trust(B),
    end(ISSUER),
    begin(A, B),
    claimable(A),
    claimable(B),
    signer(A),
    data(A),
    data(A),
    end(A),
    begin(B, ISSUER),
    trust(B),
    signer(B),
    end(B),
  ],
  changes: [
    ...[4, 5, 6, 8].map((place) => change(place, "TRUSTLINE/ADD")),
    change(13, "SIGNER/ADD", { signerAddress: strkey(StrkeyVersion.hashX, 9) }),
    change(14, "DATA_ENTRY/ADD"),
    change(15, "DATA_ENTRY/UPDATE"),
    change(18, "TRUSTLINE/UPDATE"),
    change(19, "SIGNER/ADD", { signerAddress: strkey(StrkeyVersion.hashX, 8) }),
  ],
};

test("a sponsor is named where an entry was made while he paid for its owner", () => {
  const { details } = transactionOf(SANDWICHES);
  const sponsors = details.flatMap(({ sponsor }, at) => (sponsor === undefined ? [] : [[at + 1, sponsor]]));
  assert.deepEqual(sponsors, [
    [3, A],
    [4, A],
    [5, A],
    [11, B],
    // Nobody sponsors him, and somebody must.
    [12, B],
    [13, B],
    [14, B],
  ]);
});

test("the end of a sponsorship names who began it", () => {
  const { details } = transactionOf(SANDWICHES);
  const beginners = [7, 9, 16, 20].map((place) => details[place - 1]);
  assert.deepEqual(beginners, [
    { begin_sponsor: A, begin_sponsor_muxed: MUXED.text, begin_sponsor_muxed_id: MUXED.id },
    { begin_sponsor: A },
    { begin_sponsor: B },
    { begin_sponsor: ISSUER },
  ]);
});

test("a failed transaction names no sponsors", () => {
  const { details } = transactionOf({ ...SANDWICHES, changes: [], successful: false });
  for (const each of details) assert.deepEqual([each.sponsor, each.begin_sponsor], [undefined, undefined]);
});

const pathPayment = (kind: "send" | "receive", members: object = {}) =>
  [
    `PATH_PAYMENT_STRICT_${kind.toUpperCase()}`,
    {
      [`path_payment_strict_${kind}`]: {
        send_asset: USD,
        destination: B,
        dest_asset: LONG,
        path: ["native"],
        ...(kind === "send" ? { send_amount: "50", dest_min: "60" } : { send_max: "50", dest_amount: "60" }),
        ...members,
      },
    },
  ] as const;

/** USD (5) for XLM (6) from two offers, the same token on the way again, then LONG (7). */
const EXCHANGES = [
  moved("CREDIT", 1, 6, "9"),
  moved("DEBIT", 1, 5, "20"),
  moved("CREDIT", 2, 5, "20"),
  moved("CREDIT", 1, 6, "8"),
  moved("DEBIT", 1, 5, "21"),
  moved("CREDIT", 1, 5, "1"),
  moved("DEBIT", 1, 6, "17"),
  moved("CREDIT", 1, 7, "66"),
  moved("DEBIT", 1, 5, "1"),
  moved("DEBIT", 1, 7, "66"),
  moved("CREDIT", 2, 7, "66"),
];

test("a path payment tells what left its source and what arrived, by its state changes", () => {
  const receive = transactionOf({ operations: [pathPayment("receive")], changes: EXCHANGES }).details[0]!;
  assert.deepEqual([receive.source_amount, receive.amount, receive.source_max], ["0.0000041", "0.0000060", "0.0000050"]);
  const send = transactionOf({ operations: [pathPayment("send")], changes: EXCHANGES }).details[0]!;
  assert.deepEqual([send.source_amount, send.amount, send.destination_min], ["0.0000050", "0.0000066", "0.0000060"]);
});

test("an issuer's path payment is what it minted", () => {
  const changes = [moved("BURN", 1, 6, "9"), moved("MINT", 1, 5, "20"), moved("CREDIT", 2, 5, "20"), moved("MINT", 1, 7, "66")];
  assert.equal(transactionOf({ operations: [pathPayment("receive")], changes }).details[0]!.source_amount, "0.0000020");
  assert.equal(transactionOf({ operations: [pathPayment("send")], changes }).details[0]!.amount, "0.0000066");
});

test("a path payment without an exchange sends what arrives", () => {
  const operations = [pathPayment("receive", { dest_asset: USD, path: [] })];
  assert.equal(transactionOf({ operations }).details[0]!.source_amount, "0.0000060");
});

test("a failed path payment moved nothing, and one whose state changes are damaged leaves out what it moved", () => {
  const operations = [pathPayment("receive"), pathPayment("send")];
  const shown = (transaction: Made): unknown => {
    const [receive, send] = transactionOf(transaction).details;
    return [receive!.source_amount, send!.amount];
  };
  assert.deepEqual(shown({ operations, successful: false }), ["0.0000000", "0.0000000"]);
  assert.deepEqual(shown({ operations }), [undefined, undefined]);
});

test("a pool's deposit and withdrawal tell what moved, in the assets' contracts", () => {
  const ids = { contract_id: strkey(StrkeyVersion.contract, 5) };
  const others = { contract_id: strkey(StrkeyVersion.contract, 6) };
  const changes = [moved("DEBIT", 1, 5, "20"), moved("MINT", 1, 6, "21")];
  const prices = { min_price: { n: 1, d: 1 }, max_price: { n: 1, d: 1 } };
  const deposit = { liquidity_pool_deposit: { liquidity_pool_id: POOL, max_amount_a: "30", max_amount_b: "40", ...prices } };
  const deposited = transactionOf({ operations: [["LIQUIDITY_POOL_DEPOSIT", deposit]], changes }).details[0]!;
  assert.deepEqual(deposited.reserves_max, [
    { ...ids, amount: "0.0000030" },
    { ...others, amount: "0.0000040" },
  ]);
  assert.deepEqual(deposited.reserves_deposited, [
    { ...ids, amount: "0.0000020" },
    { ...others, amount: "0.0000021" },
  ]);
  const withdraw = { liquidity_pool_withdraw: { liquidity_pool_id: POOL, amount: "1", min_amount_a: "2", min_amount_b: "3" } };
  const damaged = transactionOf({ operations: [["LIQUIDITY_POOL_WITHDRAW", withdraw]] }).details[0]!;
  assert.deepEqual(damaged, {
    liquidity_pool_id: "04".repeat(32),
    reserves_min: [{ amount: "0.0000002" }, { amount: "0.0000003" }],
    shares: "0.0000001",
  });
});

test("a contract call says that no asset moved only where none did", () => {
  const call = {
    invoke_host_function: {
      host_function: { invoke_contract: { contract_address: CONTRACT, function_name: "f", args: [] } },
      auth: [],
    },
  };
  const operations = [["INVOKE_HOST_FUNCTION", call]] as const;
  assert.equal(transactionOf({ operations }).details[0]!.asset_balance_changes, null);
  const changes = [moved("DEBIT", 1, 5, "20")];
  assert.equal("asset_balance_changes" in transactionOf({ operations, changes }).details[0]!, false);
});

test("an operation of an unknown type, or with more behind it, is refused as XDR", () => {
  const known = operation("inflation");
  const unknown = Buffer.from(known);
  unknown.writeInt32BE(27, 4);
  const longer = Buffer.concat([known, Buffer.alloc(4)]);
  for (const bytes of [unknown, longer, known.subarray(0, 4)]) assert.throws(() => head(bytes).details(source, failed), XdrError);
  for (const bytes of [Buffer.from([0, 0, 0, 2, 0, 0, 0, 9]), Buffer.from("abc")]) assert.throws(() => head(bytes), XdrError);
});

test("an operation that was given up halfway is no burden to the others of its transaction", () => {
  // An argument of an unknown type, deep in others, in 100 operations; then one that can be read.
  const call = (argument: object): object => ({
    invoke_host_function: {
      host_function: { invoke_contract: { contract_address: CONTRACT, function_name: "f", args: [argument] } },
      auth: [],
    },
  });
  const bytes = operation(call(deepValue(20)));
  // The innermost value, a u32 of 7.
  bytes.writeInt32BE(99, bytes.lastIndexOf(Buffer.of(0, 0, 0, 3, 0, 0, 0, 7)));
  const good = operation(call({ u32: 1 }));
  const all = Buffer.concat([...Array.from({ length: 100 }, () => bytes), good]);
  const x = wordsOf(all);
  for (let at = 0; at < 100; at++) {
    const start = (at * bytes.length) / 4;
    assert.throws(() => new OperationHead(x, all, start, start + bytes.length / 4).details(source, failed), XdrError);
  }
  const last = new OperationHead(x, all, (100 * bytes.length) / 4, all.length / 4).details(source, failed);
  assert.deepEqual(last.arguments, [1]);
});

function deepValue(levels: number): object {
  return levels === 0 ? { u32: 7 } : { vec: [deepValue(levels - 1)] };
}

test("bytes that are no operation are refused as XDR, or say something", () => {
  const known = CASES.map(([, body]) => operation(body, MUXED_A));
  const change = fc.record({ at: fc.nat(1_000), value: fc.oneof(fc.integer({ min: -1, max: 30 }), fc.integer(), fc.constant(256)) });
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.array(change, { minLength: 1, maxLength: 3 }), (bytes, changes) => {
      const mutated = Buffer.from(bytes);
      for (const { at, value } of changes) mutated.writeInt32BE(value, (at % (bytes.length / 4)) * 4);
      try {
        assert.equal(typeof JSON.stringify(head(mutated).details(source, { ...failed, successful: true })), "string");
      } catch (error) {
        if (!(error instanceof XdrError)) throw error;
      }
    }),
    { numRuns: 5_000 },
  );
});
