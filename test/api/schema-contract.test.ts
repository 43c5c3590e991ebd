import assert from "node:assert/strict";
import { test } from "node:test";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildASTSchema, buildSchema, lexicographicSortSchema, parse, print, printSchema, visit } from "graphql";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";
import { readSchemaText } from "../../tools/build-schema.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const BALANCES = ["Balance", "NativeBalance", "TrustlineBalance", "SACBalance", "LiquidityPoolBalance", "SEP41Balance"];
const CONNECTIONS = ["AccountData", "Account", "ClaimableBalance", "Offer", "NFT", "Token", "TokenHolder"];

/** What our schema has beyond the contract, with how it looks to clients. Anything else is a difference. */
const ADDITIONS: readonly string[] = [
  // The filter of transactions, and the order of lists. An argument that may be left out is dangerous only to who implements the schema.
  ...newType("StateChangeKindInput", "category reason"),
  ...newType("AccountTransactionFilterInput", "changed kinds tokens counterparty successful memo"),
  ...newArguments("Account", "transactions.filter transactions.order operations.order stateChanges.order"),
  ...newArguments("Transaction", "operations.order stateChanges.order"),
  ...newArguments("Operation", "stateChanges.order"),
  ...newType("Order", "ASC DESC"),
  // Transactions, with D15: operations of a failed transaction may say that they succeeded, so the transaction says it itself.
  ...fieldsOf(
    "Transaction",
    "successful id memo sourceAddress feeAddress sequence maxFee operationCount innerHash preconditions envelopeXdr",
  ),
  ...newType("Memo", "type text base64"),
  ...newType("MemoType", "NONE TEXT ID HASH RETURN"),
  ...newType("Preconditions", "timeBounds ledgerBounds minAccountSequence minAccountSequenceAge minAccountSequenceLedgerGap extraSigners"),
  ...newType("TimeBounds", "minTime maxTime"),
  ...newType("LedgerBounds", "minLedger maxLedger"),
  // What an operation says.
  ...fieldsOf("Operation", "index sourceAddress details"),
  ...newType("JSON"),
  // State changes.
  ...stateChangeTypes().flatMap((type) => fieldsOf(type, "id operationId")),
  ...fieldsOf("BalanceChange", "counterparty depositId"),
  ...newType("DepositId", "kind value"),
  ...newType("DepositIdKind", "MEMO MUXED"),
  // Balances. What every kind has; some had a part of it.
  ...BALANCES.flatMap((type) => fieldsOf(type, "spendable contractId sponsor exists isArchived liveUntilLedger isFrozen")),
  ...BALANCES.flatMap((type) => (type === "SACBalance" ? [] : fieldsOf(type, "isClawbackEnabled"))),
  ...BALANCES.flatMap((type) => (type === "SEP41Balance" ? [] : fieldsOf(type, "symbol name"))),
  ...BALANCES.flatMap((type) => (type === "SACBalance" || type === "SEP41Balance" ? [] : fieldsOf(type, "decimals"))),
  ...["Balance", "SACBalance"].flatMap((type) => fieldsOf(type, "lastModifiedLedger")),
  ...newArguments("Account", "balances.tokens"),
  ...fieldsOf("Query", "accounts accounts.addresses"),
  // Accounts as the ledger has them, and what is asked by signer or asset.
  ...fieldsOf("Account", "exists record isFrozen"),
  ...newType("AccountRecord", "sequence sequenceLedger sequenceTime subentries sponsoring sponsored sponsor flags thresholds masterWeight"),
  ...fieldsOf("AccountRecord", "homeDomain inflationDestination signers lastModifiedLedger removedLedger"),
  ...fieldsOf("AccountRecord", "data data.first data.after data.last data.before"),
  ...newType("AccountThresholds", "low medium high"),
  ...newType("AccountSigner", "key type weight sponsor"),
  ...newType("SignerType", "ED25519_PUBLIC_KEY PRE_AUTH_TX SHA256_HASH ED25519_SIGNED_PAYLOAD"),
  ...newType("AccountData", "name nameBase64 value valueText sponsor lastModifiedLedger"),
  ...fieldsOf("Query", "accountsBySigner accountsBySigner.key"),
  ...fieldsOf("Query", "accountsBySigner.first accountsBySigner.after accountsBySigner.last accountsBySigner.before"),
  ...fieldsOf("Query", "asset asset.code asset.issuer"),
  ...newType("Asset", "code issuer contractId flags homeDomain holders"),
  ...newType("AssetHolders", "count isCapped"),
  // Claimable balances and offers.
  ...fieldsOf("Account", "claimableBalances claimableBalances.claimable"),
  ...fieldsOf("Account", "claimableBalances.first claimableBalances.after claimableBalances.last claimableBalances.before"),
  ...fieldsOf("Query", "claimableBalance claimableBalance.id"),
  ...newType("ClaimableBalance", "id balanceId asset amount sponsor claimants isClawbackEnabled createdBy createdByOperationId createdAt"),
  ...fieldsOf("ClaimableBalance", "lastModifiedLedger claimableNow claimableFrom claimableUntil looksLikeSpam spamReasons"),
  ...newType("Claimant", "destination predicate claimableNow claimableFrom claimableUntil"),
  ...newType("Claimable", "NOW LATER ALL"),
  ...newType("SpamReason", "UNKNOWN_ASSET MANY_OPERATIONS BELOW_FEE"),
  ...newType("ClassicAsset", "tokenId code issuer decimals"),
  ...fieldsOf("Account", "offers offers.first offers.after offers.last offers.before"),
  ...newType("Offer", "id selling buying amount price sponsor isPassive lastModifiedLedger"),
  ...newType("OfferPrice", "n d decimal"),
  // NFTs.
  ...fieldsOf("Account", "nfts nfts.first nfts.after nfts.last nfts.before"),
  ...fieldsOf("Query", "nft nft.contract nft.tokenId"),
  ...newType("NFT", "contract tokenId owner uri isArchived liveUntilLedger source lastModifiedLedger"),
  ...newType("NFTContract", "contractId name symbol"),
  ...newType("NFTSource", "STORAGE EVENTS"),
  // Contract tokens.
  ...fieldsOf("SEP41Balance", "source asOfLedger eventsDiffer"),
  ...newType("BalanceSource", "STORAGE EVENTS SIMULATED PARTIAL"),
  ...fieldsOf("SEP41Allowance", "tokenType source symbol name decimals"),
  ...newType("AllowanceSource", "STORAGE EVENTS"),
  ...fieldsOf("Account", "allowancesReceived"),
  ...fieldsOf("Account", "allowancesReceived.first allowancesReceived.after allowancesReceived.last allowancesReceived.before"),
  ...fieldsOf("Query", "token token.id contract contract.id"),
  ...fieldsOf("Query", "tokens tokens.search tokens.first tokens.after tokens.last tokens.before"),
  ...newType("Token", "type contractId code issuer name symbol decimals isSac isToken wasmHash source eventsDiffer supply"),
  ...fieldsOf("Token", "holders holders.first holders.after holders.last holders.before"),
  ...newType("TokenHolder", "address balance source asOfLedger isArchived lastModifiedLedger"),
  ...newType("ContractKind", "NATIVE CLASSIC SAC SEP41 SEP50 NONE UNKNOWN"),
  ...newType("Contract", "contractId kind isSac isToken wasmHash sinceLedger createdLedger functions token"),
  ...newType("ContractFunction", "name inputs outputs"),
  ...newType("ContractInput", "name type"),
  // Ledgers.
  ...fieldsOf("Query", "ledger ledger.sequence ledgers"),
  ...newType("Ledger", "sequence hash previousHash closedAt protocolVersion baseReserve"),
  ...fieldsOf("Ledger", "transactionCount operationCount stateChangeCount ingestedAt"),
  ...newType("Ledgers", "latest oldest gaps"),
  ...newType("LedgerGap", "first last"),
  // Connections of new lists.
  ...CONNECTIONS.flatMap((node) => [...newType(`${node}Connection`, "edges pageInfo"), ...newType(`${node}Edge`, "node cursor")]),
];

/** A type that the contract does not know, with its fields or values, apart by spaces. */
function newType(type: string, members = ""): string[] {
  return [`${type} ${CriticalityLevel.NonBreaking}`, ...fieldsOf(type, members)];
}

/** New fields of a type, with new fields' arguments as `field.argument`. */
function fieldsOf(type: string, fields: string): string[] {
  return pathsOf(type, fields, CriticalityLevel.NonBreaking);
}

/** New arguments of fields that the contract knows, as `field.argument`. */
function newArguments(type: string, names: string): string[] {
  return pathsOf(type, names, CriticalityLevel.Dangerous);
}

function pathsOf(type: string, members: string, level: CriticalityLevel): string[] {
  return members === "" ? [] : members.split(" ").map((member) => `${type}.${member} ${level}`);
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
  // How a description is quoted is not kept.
  const unquoted = visit(parse(text), { StringValue: (node) => ({ ...node, block: false }) });
  assert.equal(print(schemaDocument), print(unquoted));
  const ours = printSchema(lexicographicSortSchema(buildASTSchema(schemaDocument)));
  assert.equal(ours, printSchema(lexicographicSortSchema(buildSchema(text))));
});
