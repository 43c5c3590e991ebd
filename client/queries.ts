/** The documents that the client sends. Aliases are where two types have a field of one name and different nullability. */

const TRANSACTION = "hash resultCode feeCharged ledgerNumber ledgerCreatedAt isFeeBump ingestedAt";
const OPERATION = "id type operationXdr resultCode successful ledgerNumber ledgerCreatedAt ingestedAt";
const PAGE_INFO = "pageInfo { startCursor endCursor hasNextPage hasPreviousPage }";

/** Aliases by the field that they stand for. */
export const ALIASES: Readonly<Record<string, string>> = {
  balanceTokenId: "tokenId",
  allowanceTokenId: "tokenId",
  trustlineAddedTokenId: "tokenId",
  trustlineUpdatedTokenId: "tokenId",
  trustlineRemovedTokenId: "tokenId",
  balanceAuthTokenId: "tokenId",
  accountFlags: "flags",
  balanceAuthFlags: "flags",
};

const STATE_CHANGE = `__typename category reason ingestedAt ledgerCreatedAt ledgerNumber operationId
  ... on BalanceChange { balanceTokenId: tokenId amount counterparty toMuxedId depositId { __typename kind value } }
  ... on AccountCreatedChange { creatorAddress }
  ... on AccountMergedChange { destinationAddress }
  ... on SignerAddedChange { signerAddress newWeight }
  ... on SignerUpdatedChange { signerAddress oldWeight newWeight }
  ... on SignerRemovedChange { signerAddress oldWeight }
  ... on ThresholdChange { threshold oldThreshold newThreshold }
  ... on AccountFlagsChange { accountFlags: flags }
  ... on HomeDomainSetChange { homeDomain }
  ... on HomeDomainUpdatedChange { oldHomeDomain newHomeDomain }
  ... on HomeDomainClearedChange { oldHomeDomain }
  ... on DataEntryAddedChange { name value }
  ... on DataEntryUpdatedChange { name oldValue newValue }
  ... on DataEntryRemovedChange { name oldValue }
  ... on AllowanceChange { allowanceTokenId: tokenId spender amount expirationLedger }
  ... on TrustlineAddedChange { trustlineAddedTokenId: tokenId liquidityPoolId limit }
  ... on TrustlineUpdatedChange { trustlineUpdatedTokenId: tokenId liquidityPoolId oldLimit newLimit }
  ... on TrustlineRemovedChange { trustlineRemovedTokenId: tokenId liquidityPoolId }
  ... on BalanceAuthorizationChange { balanceAuthTokenId: tokenId liquidityPoolId balanceAuthFlags: flags }`;

const BALANCE = `__typename balance tokenId tokenType
  ... on NativeBalance { minimumBalance buyingLiabilities sellingLiabilities numSubentries lastModifiedLedger }
  ... on TrustlineBalance { code issuer assetType limit buyingLiabilities sellingLiabilities lastModifiedLedger isAuthorized isAuthorizedToMaintainLiabilities }
  ... on SACBalance { code issuer decimals isAuthorized isClawbackEnabled }
  ... on LiquidityPoolBalance { reserves { asset amount } lastModifiedLedger }
  ... on SEP41Balance { name symbol decimals lastModifiedLedger }`;

const ALLOWANCE = "owner spender tokenId amount expirationLedger lastModifiedLedger";

const PAGE_TYPES = "$first: Int, $after: String, $last: Int, $before: String";
const PAGE = "first: $first, after: $after, last: $last, before: $before";
const RANGE_TYPES = "$since: Time, $until: Time";
const RANGE = "since: $since, until: $until";

/** A page of a connection of an account. */
function ofAccount(name: string, field: string, node: string, more: { types?: string; args?: string; edge?: string } = {}): string {
  const types = ["$address: String!", more.types, PAGE_TYPES].filter(Boolean).join(", ");
  const args = [more.args, PAGE].filter(Boolean).join(", ");
  return `query ${name}(${types}) { accountByAddress(address: $address) { ${field}(${args}) { edges { node { ${node} } cursor ${more.edge ?? ""} } ${PAGE_INFO} } } }`;
}

/** A page of a connection of a transaction or an operation. */
function ofParent(name: string, key: string, root: string, field: string, node: string): string {
  return `query ${name}(${key}, ${PAGE_TYPES}) { ${root} { ${field}(${PAGE}) { edges { node { ${node} } cursor } ${PAGE_INFO} } } }`;
}

const time = { types: RANGE_TYPES, args: RANGE };

export const QUERIES = {
  transactionByHash: `query TransactionByHash($hash: String!) { transactionByHash(hash: $hash) { ${TRANSACTION} } }`,
  operationById: `query OperationByID($id: Int64!) { operationById(id: $id) { ${OPERATION} } }`,
  accountByAddress: "query AccountByAddress($address: String!) { accountByAddress(address: $address) { address } }",
  accountTransactions: ofAccount("AccountTransactions", "transactions", TRANSACTION, time),
  accountHistory: ofAccount("AccountTransactions", "transactions", TRANSACTION, {
    ...time,
    edge: `operations { ${OPERATION} } stateChanges { ${STATE_CHANGE} }`,
  }),
  accountOperations: ofAccount("AccountOperations", "operations", OPERATION, time),
  accountStateChanges: ofAccount("AccountStateChanges", "stateChanges", STATE_CHANGE, {
    types: `$filter: AccountStateChangeFilterInput, ${RANGE_TYPES}`,
    args: `filter: $filter, ${RANGE}`,
  }),
  accountBalances: ofAccount("GetAccountBalances", "balances", BALANCE),
  accountAllowances: ofAccount("AccountAllowances", "sep41Allowances", ALLOWANCE),
  transactionOperations: ofParent("TransactionOperations", "$hash: String!", "transactionByHash(hash: $hash)", "operations", OPERATION),
  transactionStateChanges: ofParent(
    "TransactionStateChanges",
    "$hash: String!",
    "transactionByHash(hash: $hash)",
    "stateChanges",
    STATE_CHANGE,
  ),
  operationStateChanges: ofParent("OperationStateChanges", "$id: Int64!", "operationById(id: $id)", "stateChanges", STATE_CHANGE),
} as const;
