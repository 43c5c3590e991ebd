import assert from "node:assert/strict";
import { test } from "node:test";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildASTSchema, buildSchema, lexicographicSortSchema, parse, print, printSchema } from "graphql";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";
import { readSchemaText } from "../../tools/build-schema.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const BALANCE_FIELDS: readonly string[] = [
  "spendable",
  "decimals",
  "symbol",
  "name",
  "contractId",
  "sponsor",
  "isClawbackEnabled",
  "lastModifiedLedger",
  "exists",
];

/** What our schema has beyond the contract, with how it looks to clients. Anything else is a difference. */
const ADDITIONS: readonly string[] = [
  // New inputs, which only the new argument takes.
  ...["StateChangeKindInput", ".category", ".reason"].map(inputOf("StateChangeKindInput")),
  ...["AccountTransactionFilterInput", ".changed", ".kinds", ".tokens", ".counterparty", ".successful", ".memo"].map(
    inputOf("AccountTransactionFilterInput"),
  ),
  // What every kind of balance has; some had a part of it.
  ...Object.entries({
    Balance: [],
    NativeBalance: ["lastModifiedLedger"],
    TrustlineBalance: ["lastModifiedLedger"],
    SACBalance: ["decimals", "isClawbackEnabled"],
    LiquidityPoolBalance: ["lastModifiedLedger"],
    SEP41Balance: ["decimals", "symbol", "name", "lastModifiedLedger"],
  }).flatMap(([type, had]: [string, string[]]) => fieldsOf(type, ...BALANCE_FIELDS.filter((field) => !had.includes(field)))),
  // State archival and freezing, which the contract does not know.
  ...["Balance", "NativeBalance", "TrustlineBalance", "SACBalance", "LiquidityPoolBalance", "SEP41Balance"].flatMap((type) =>
    ["isArchived", "liveUntilLedger", "isFrozen"].map((member) => `${type}.${member} ${CriticalityLevel.NonBreaking}`),
  ),
  `Account.isFrozen ${CriticalityLevel.NonBreaking}`,
  // Accounts as the ledger has them, and what is asked by signer or asset.
  ...members("AccountRecord", "sequence sequenceLedger sequenceTime subentries sponsoring sponsored sponsor flags thresholds masterWeight"),
  ...members("AccountRecord", "homeDomain inflationDestination signers data data.first data.after data.last data.before").slice(1),
  ...members("AccountRecord", "lastModifiedLedger removedLedger").slice(1),
  ...members("AccountThresholds", "low medium high"),
  ...members("AccountSigner", "key type weight sponsor"),
  ...members("AccountData", "name nameBase64 value valueText sponsor lastModifiedLedger"),
  ...["AccountDataConnection", "AccountConnection"].flatMap((type) => members(type, "edges pageInfo")),
  ...["AccountDataEdge", "AccountEdge"].flatMap((type) => members(type, "node cursor")),
  ...members("Asset", "code issuer contractId flags homeDomain holders"),
  ...members("AssetHolders", "count isCapped"),
  ...members("SignerType", "ED25519_PUBLIC_KEY PRE_AUTH_TX SHA256_HASH ED25519_SIGNED_PAYLOAD"),
  ...members("Account", "exists record").slice(1),
  ...members("Query", "accountsBySigner accountsBySigner.key accountsBySigner.first accountsBySigner.after accountsBySigner.last").slice(1),
  ...members("Query", "accountsBySigner.before asset asset.code asset.issuer").slice(1),
  // Claimable balances and offers.
  ...newType("Claimable", "NOW", "LATER", "ALL"),
  ...newType("SpamReason", "UNKNOWN_ASSET", "MANY_OPERATIONS", "BELOW_FEE"),
  ...newType("ClassicAsset", "tokenId", "code", "issuer", "decimals"),
  ...newType("Claimant", "destination", "predicate", "claimableNow", "claimableFrom", "claimableUntil"),
  ...newType("ClaimableBalance", "id", "balanceId", "asset", "amount", "sponsor", "claimants", "isClawbackEnabled", "createdBy"),
  ...["createdByOperationId", "createdAt", "lastModifiedLedger", "claimableNow", "claimableFrom", "claimableUntil", "looksLikeSpam"]
    .concat("spamReasons")
    .map((field) => `ClaimableBalance.${field} ${CriticalityLevel.NonBreaking}`),
  ...["ClaimableBalance", "Offer"].flatMap((name) => [
    ...newType(`${name}Connection`, "edges", "pageInfo"),
    ...newType(`${name}Edge`, "node", "cursor"),
  ]),
  ...newType("OfferPrice", "n", "d", "decimal"),
  ...newType("Offer", "id", "selling", "buying", "amount", "price", "sponsor", "isPassive", "lastModifiedLedger"),
  ...newType("Account.claimableBalances", "claimable", "first", "after", "last", "before"),
  ...newType("Account.offers", "first", "after", "last", "before"),
  // An argument that may be left out: dangerous only to who implements the schema.
  `Account.transactions.filter ${CriticalityLevel.Dangerous}`,
  `Account.balances.tokens ${CriticalityLevel.Dangerous}`,
  // D15: operations of a failed transaction may say that they succeeded, so the transaction says it itself.
  `Transaction.successful ${CriticalityLevel.NonBreaking}`,
  ...fieldsOf("Query", "accounts", "accounts.addresses"),
  ...["Account.transactions", "Account.operations", "Account.stateChanges"].map(orderOf),
  ...["Transaction.operations", "Transaction.stateChanges", "Operation.stateChanges"].map(orderOf),
  ...newType("Order", "ASC", "DESC"),
  ...fieldsOf("Transaction", "id", "memo", "sourceAddress", "feeAddress", "sequence", "maxFee", "operationCount"),
  ...fieldsOf("Transaction", "innerHash", "preconditions", "envelopeXdr"),
  ...newType("Preconditions", "timeBounds", "ledgerBounds", "minAccountSequence", "minAccountSequenceAge"),
  ...fieldsOf("Preconditions", "minAccountSequenceLedgerGap", "extraSigners"),
  ...newType("TimeBounds", "minTime", "maxTime"),
  ...newType("LedgerBounds", "minLedger", "maxLedger"),
  ...fieldsOf("Query", "ledger", "ledger.sequence", "ledgers"),
  ...newType("Ledger", "sequence", "hash", "previousHash", "closedAt", "protocolVersion", "baseReserve"),
  ...fieldsOf("Ledger", "transactionCount", "operationCount", "stateChangeCount", "ingestedAt"),
  ...newType("Ledgers", "latest", "oldest", "gaps"),
  ...newType("LedgerGap", "first", "last"),
  ...newType("Memo", "type", "text", "base64"),
  ...newType("DepositId", "kind", "value"),
  ...newType("DepositIdKind", "MEMO", "MUXED"),
  ...fieldsOf("Operation", "index", "sourceAddress", "details"),
  ...newType("JSON"),
  ...newType("MemoType", "NONE", "TEXT", "ID", "HASH", "RETURN"),
  ...stateChangeTypes().flatMap((type) =>
    fieldsOf(type, "id", "operationId", ...(type === "BalanceChange" ? ["counterparty", "depositId"] : [])),
  ),
  ...newType("Query.claimableBalance", "id"),
];

/** The new argument of a connection, which may be left out. */
function orderOf(connection: string): string {
  return `${connection}.order ${CriticalityLevel.Dangerous}`;
}

/** A type that the contract does not know, with its fields or values. */
function newType(type: string, ...members: string[]): string[] {
  return [`${type} ${CriticalityLevel.NonBreaking}`, ...fieldsOf(type, ...members)];
}

/** New fields of a type. */
function fieldsOf(type: string, ...fields: string[]): string[] {
  return fields.map((field) => `${type}.${field} ${CriticalityLevel.NonBreaking}`);
}

/** A type and members of it. */
function members(type: string, names: string): string[] {
  return [type, ...names.split(" ").map((name) => `${type}.${name}`)].map((path) => `${path} ${CriticalityLevel.NonBreaking}`);
}

function inputOf(type: string): (member: string) => string {
  return (member) => `${member.startsWith(".") ? type : ""}${member} ${CriticalityLevel.NonBreaking}`;
}

/** The interface of state changes and its types, in the order of the schema. */
function stateChangeTypes(): string[] {
  return [...readSchemaText().matchAll(/^(?:interface|type) (\w+Change)\b/gm)].map(([, name]) => name!);
}

/** The schema of section 1 of the contract. */
function contractText(): string {
  const text = readShared("spec/graphql-api.md").toString();
  const block = /^## 1\. Schema$.*?^```graphql$(.*?)^```$/ms.exec(text)?.[1];
  assert.ok(block, "the contract's schema");
  return block;
}

sharedTest("the schema is the contract's, and adds nothing that is not listed", async () => {
  const changes = await diff(buildSchema(contractText()), buildSchema(readSchemaText()));
  const differences = changes.filter(({ type }) => !type.includes("DESCRIPTION"));
  assert.deepEqual(differences.map(({ path, criticality }) => `${path} ${criticality.level}`).sort(), ADDITIONS.toSorted());
});

sharedTest("the comparison sees a missing field and a changed type", async () => {
  const ours = readSchemaText();
  for (const [from, to] of [
    ["  isFeeBump: Boolean!\n", ""],
    ["feeCharged: Int64!", "feeCharged: String!"],
  ] as const) {
    const changed = ours.replace(from, to);
    assert.notEqual(changed, ours);
    const changes = await diff(buildSchema(contractText()), buildSchema(changed));
    assert.ok(changes.some(({ criticality }) => criticality.level === CriticalityLevel.Breaking));
  }
});

test("the prepared AST is the schema files' text", () => {
  const text = readSchemaText();
  assert.equal(print(schemaDocument), print(parse(text)));
  const ours = printSchema(lexicographicSortSchema(buildASTSchema(schemaDocument)));
  assert.equal(ours, printSchema(lexicographicSortSchema(buildSchema(text))));
});
