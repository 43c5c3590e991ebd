import { readThresholds } from "../../functions/shared/columns/thresholds.ts";
import { sevenDecimals } from "../../functions/shared/columns/amounts.ts";
import { assetText, NATIVE_ASSET } from "../../functions/shared/columns/asset.ts";
import { NO_OPERATION, operationToid, wholeToid } from "../../functions/shared/columns/toid.ts";
import type { Address } from "../../functions/shared/xdr/address.ts";
import type { AccountRow, LedgerRows, SacBalanceRow, StateChangeRow, TrustlineAssetRow } from "../../functions/ingest/indexer/rows.ts";

type Json = string | number | boolean | Json[] | { [key: string]: Json };
type Row = { [key: string]: Json };

/**
 * One ledger's rows as JSON, in the shape of the reference index output: 64-bit integers as strings, addresses as strkeys, hashes in
 * hex, XDR in base64. Every section is present, `[]` when empty. Sorted: transactions and operations by id, state changes by (to_id,
 * operation_id, state_change_id), the other sections by their canonical JSON text; keys within a row in alphabetical order.
 *
 * Names are those that the columns had while operations and state changes were tables, as in `wallet export` (bin/export/tables.ts).
 */
export interface LedgerJson {
  /** The sequence; `sequence` is the same, both names are in use. */
  ledger: number;
  sequence: number;
  /** Hex. */
  hash: string;
  /** Seconds since 1970 UTC. */
  closeTime: string;
  protocol: number;
  /** Arm of the LedgerCloseMeta union. */
  lcmV: number;
  transactions: Row[];
  operations: Row[];
  /** Only the members that apply. */
  state_changes: Row[];
  /** Every account that changed, as its entry stands. */
  accounts: Row[];
  account_data: Row[];
  /** Of `accounts`: those whose balance changed, in the columns of the reference implementation. */
  native_balances: Row[];
  trustline_balances: Row[];
  trustline_assets: Row[];
  sac_balances: Row[];
  /** XLM of contracts; part of `sac_balances` in the database. */
  contract_native_balances: Row[];
  /** Whose NFTs are, of every contract that looks as if it had some; without an owner: burnt. */
  nfts: Row[];
  /** NFTs that were minted together. */
  nft_ranges: Row[];
  liquidity_pools: Row[];
  liquidity_pool_balances: Row[];
  claimable_balances: Row[];
  offers: Row[];
  contract_tokens: Row[];
  /** What is held of contract tokens: what entries say, `stored`, and what events sum up to, `moved`. */
  token_balances: Row[];
  /** Allowances: what entries say, or what events and calls tell where there is no entry. */
  token_allowances: Row[];
  /** Mints less burns, and what instances say. */
  token_supplies: Row[];
  /** For and against reading the balances of contracts from their storage. */
  layout_evidence: Row[];
  protocol_wasms: Row[];
  protocol_contracts: Row[];
  /** Code that the ledger shows, and what it is. */
  contract_code: Row[];
  /** What contracts run: code, or what a tag names. */
  executables: Row[];
  /** Tags that name code (CAP-85), or that contracts of the ledger name. */
  executable_tags: Row[];
  /** TTLs that changed of entries that were there before. */
  ttls: Row[];
  /** Hashes of the keys of persistent contract data that was evicted. */
  evicted_keys: Row[];
  /** All keys that are frozen from this ledger on; null: as they were. */
  frozen_keys: Row[] | null;
  ledger_upgrades: Row[];
  contract_events: Row[];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function row(members: { [key: string]: Json | bigint | Address | null | undefined }): Row {
  const present: Row = {};
  for (const key of Object.keys(members).sort()) {
    const value = members[key];
    if (value === null || value === undefined) continue;
    if (typeof value === "bigint") present[key] = String(value);
    else if (typeof value === "object" && "bytes" in value && value.bytes instanceof Uint8Array) present[key] = (value as Address).text;
    else present[key] = value as Json;
  }
  return present;
}

/** Sorted by the canonical text of the rows. */
function sorted(rows: Row[]): Row[] {
  return rows
    .map((value) => ({ value, text: JSON.stringify(value) }))
    .sort((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)))
    .map(({ value }) => value);
}

function texts(accounts: Address[]): string[] {
  return accounts.map(({ text }) => text).sort();
}

function timestamp(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace(".000Z", "Z");
}

function stateChange(change: StateChangeRow, toid: (low: number) => bigint): Row {
  return row({
    to_id: toid(change.transaction),
    operation_id: change.operation === NO_OPERATION ? 0n : toid(change.operation),
    state_change_id: BigInt(change.stateChangeId),
    category: change.category,
    reason: change.reason,
    account_id: change.account,
    token_id: change.tokenId,
    amount: change.amount,
    counterparty: change.counterparty,
    signer_account_id: change.signer,
    spender_account_id: change.spender,
    creator_account_id: change.creator,
    destination_account_id: change.destination,
    liquidity_pool_id: change.liquidityPoolId,
    signer_weight_old: change.signerWeightOld,
    signer_weight_new: change.signerWeightNew,
    threshold: change.threshold,
    threshold_old: change.thresholdOld,
    threshold_new: change.thresholdNew,
    trustline_limit_old: change.trustlineLimitOld,
    trustline_limit_new: change.trustlineLimitNew,
    flags: change.flags,
    data_entry_name: change.dataEntryName,
    key_value: change.keyValue && row(change.keyValue),
    to_muxed_id: change.toMuxedId,
  });
}

/** The operation that an order number names, as the low half of a TOID. */
function operationOfOrder(order: number): number {
  return operationToid(Math.floor(order / 2 ** 13) % 2 ** 24, order % 2 ** 13);
}

function account(entry: AccountRow): Row {
  return row({
    account_id: entry.account,
    op: entry.op,
    sequence_number: entry.sequenceNumber,
    sequence_ledger: entry.sequenceLedger,
    sequence_time: entry.sequenceTime,
    num_subentries: entry.numSubentries,
    num_sponsoring: entry.numSponsoring,
    num_sponsored: entry.numSponsored,
    balance: entry.balance,
    buying_liabilities: entry.buyingLiabilities,
    selling_liabilities: entry.sellingLiabilities,
    flags: entry.flags,
    thresholds: row({ ...readThresholds(entry.thresholds) }),
    home_domain: entry.homeDomain && base64(entry.homeDomain),
    inflation_destination: entry.inflationDestination,
    sponsor: entry.sponsor,
    signers: entry.signers.map(({ key, weight, sponsor }) => row({ key, weight, sponsor })),
  });
}

function nativeBalance(balance: AccountRow, baseReserve: number): Row {
  const entries = 2 + balance.numSubentries + balance.numSponsoring - balance.numSponsored;
  return row({
    account_id: balance.account,
    op: balance.op,
    balance: balance.balance,
    minimum_balance: BigInt(entries) * BigInt(baseReserve),
    buying_liabilities: balance.buyingLiabilities,
    selling_liabilities: balance.sellingLiabilities,
    num_subentries: balance.numSubentries,
    sort_key: BigInt(balance.order),
  });
}

function sacBalance(balance: SacBalanceRow, operationId: bigint): Row {
  return row({
    operation_id: operationId,
    account_id: balance.account,
    contract: balance.contract,
    contract_id: balance.contractId,
    op: balance.op,
    // A removed balance carries no value.
    balance: balance.op === "REMOVE" ? "0" : sevenDecimals(balance.balance),
    is_authorized: balance.isAuthorized,
    is_clawback_enabled: balance.isClawbackEnabled,
  });
}

function textOf(asset: TrustlineAssetRow | null): string {
  return asset === null ? NATIVE_ASSET : assetText(asset.code, asset.issuer);
}

/** The sections of contract tokens other than assets. */
function tokenSections(rows: LedgerRows): Pick<LedgerJson, "token_balances" | "token_allowances" | "token_supplies" | "layout_evidence"> {
  return {
    token_balances: sorted(
      rows.tokenBalances.map(({ account: holder, contract, contractId, stored, moved }) =>
        row({
          account_id: holder,
          contract,
          contract_id: contractId,
          stored: stored?.amount,
          is_gone: stored?.amount === null || null,
          is_temporary: stored?.isTemporary,
          key_hash: stored?.keyHash && hex(stored.keyHash),
          live_until_ledger: stored?.liveUntilLedger,
          moved,
        }),
      ),
    ),
    token_allowances: sorted([
      ...rows.storedAllowances.map(({ owner, spender, contract, contractId, op, amount, expirationLedger }) =>
        row({
          owner_id: owner,
          spender_id: spender,
          contract,
          contract_id: contractId,
          is_stored: true,
          amount: op === "REMOVE" ? 0n : amount,
          expiration_ledger: op === "REMOVE" ? null : expirationLedger,
        }),
      ),
      ...rows.toldAllowances.map(({ owner, spender, contract, contractId, approved, spent }) =>
        row({
          owner_id: owner,
          spender_id: spender,
          contract,
          contract_id: contractId,
          is_stored: false,
          amount: approved?.amount,
          expiration_ledger: approved?.expirationLedger,
          spent: spent === 0n ? null : spent,
        }),
      ),
    ]),
    token_supplies: sorted(
      rows.tokenSupplies.map(({ contract, contractId, stored, minted }) => row({ contract, contract_id: contractId, stored, minted })),
    ),
    layout_evidence: sorted(
      rows.layoutEvidence.map((evidence) =>
        row({
          contract: evidence.contract,
          agreements: evidence.agreements,
          differences: evidence.differences,
          contradictions: evidence.contradictions,
          contradiction: evidence.contradiction,
          has_negative_amount: evidence.hasNegativeAmount,
          is_of_one_executable: evidence.isOfOneExecutable,
        }),
      ),
    ),
  };
}

/** @param rows what the indexer made of one ledger */
export function ledgerToJson(rows: LedgerRows): LedgerJson {
  const { header } = rows;
  const toid = (low: number): bigint => wholeToid(header.sequence, low);
  const changedBy = ({ order }: { order: number }): bigint => toid(operationOfOrder(order));
  const closedAt = timestamp(header.closedAt);
  const changes = [...rows.stateChanges].sort(
    (a, b) => a.transaction - b.transaction || a.operation - b.operation || a.stateChangeId - b.stateChangeId,
  );
  return {
    ledger: header.sequence,
    sequence: header.sequence,
    hash: hex(header.hash),
    closeTime: String(header.closedAt),
    protocol: header.protocolVersion,
    lcmV: header.metaVersion,
    transactions: [...rows.transactions]
      .sort((a, b) => a.toid - b.toid)
      .map((tx) =>
        row({
          to_id: toid(tx.toid),
          hash: hex(tx.hash),
          fee_charged: tx.feeCharged,
          result_code: tx.resultCode,
          ledger_number: header.sequence,
          ledger_created_at: closedAt,
          is_fee_bump: tx.isFeeBump,
          accounts: texts(tx.accounts),
        }),
      ),
    operations: [...rows.operations]
      .sort((a, b) => a.toid - b.toid)
      .map((op) =>
        row({
          id: toid(op.toid),
          operation_type: op.operationType,
          operation_xdr: base64(op.operationXdr),
          result_code: op.resultCode,
          successful: op.successful,
          accounts: texts(op.accounts),
        }),
      ),
    state_changes: changes.map((change) => stateChange(change, toid)),
    accounts: sorted(rows.accounts.map(account)),
    account_data: sorted(
      rows.accountData.map(({ account: owner, op, name, value, sponsor }) =>
        row({ account_id: owner, op, name: base64(name), value: base64(value), sponsor }),
      ),
    ),
    native_balances: sorted(
      rows.accounts.filter(({ changesBalance }) => changesBalance).map((balance) => nativeBalance(balance, header.baseReserve)),
    ),
    trustline_balances: sorted(
      rows.trustlineBalances.map((line) =>
        row({
          account_id: line.account,
          asset: `${line.asset.code}:${line.asset.issuer}`,
          asset_id: line.asset.id,
          op: line.op,
          operation_id: changedBy(line),
          balance: line.balance,
          trust_limit: line.trustLimit,
          buying_liabilities: line.buyingLiabilities,
          selling_liabilities: line.sellingLiabilities,
          flags: line.flags,
        }),
      ),
    ),
    trustline_assets: sorted(rows.trustlineAssets.map(({ id, code, issuer }) => row({ id, code, issuer }))),
    sac_balances: sorted(rows.sacBalances.filter((balance) => balance.isProven).map((balance) => sacBalance(balance, changedBy(balance)))),
    contract_native_balances: sorted(
      rows.contractNativeBalances.map(({ account, op, balance }) => row({ account_id: account, op, balance })),
    ),
    nfts: sorted(
      rows.nfts.map(({ contract, tokenId, owner, isStored, liveUntilLedger }) =>
        row({ contract, token_id: tokenId, owner_id: owner, is_stored: isStored, live_until_ledger: liveUntilLedger }),
      ),
    ),
    nft_ranges: sorted(
      rows.nftRanges.map(({ contract, firstId, lastId, owner }) => row({ contract, first_id: firstId, last_id: lastId, owner_id: owner })),
    ),
    liquidity_pools: sorted(
      rows.liquidityPools.map((pool) =>
        row({
          pool_id: pool.poolId,
          op: pool.op,
          operation_id: changedBy(pool),
          asset_a: pool.assetA,
          amount_a: pool.amountA,
          asset_b: pool.assetB,
          amount_b: pool.amountB,
        }),
      ),
    ),
    liquidity_pool_balances: sorted(
      rows.liquidityPoolBalances.map((held) =>
        row({ account_id: held.account, pool_id: held.poolId, op: held.op, operation_id: changedBy(held), shares: held.shares }),
      ),
    ),
    claimable_balances: sorted(
      rows.claimableBalances.map((balance) =>
        row({
          balance_id: balance.balance,
          op: balance.op,
          asset: textOf(balance.asset),
          amount: balance.amount,
          claimants: base64(balance.claimantsXdr),
          is_clawback_enabled: balance.isClawbackEnabled,
          sponsor: balance.sponsor,
          since_ledger: balance.sinceLedger,
          made_by: balance.madeBy && toid(balance.madeBy.operation),
          made_with: balance.madeBy?.operations,
        }),
      ),
    ),
    offers: sorted(
      rows.offers.map((offer) =>
        row({
          offer_id: offer.offerId,
          op: offer.op,
          seller_id: offer.seller,
          selling: textOf(offer.selling),
          buying: textOf(offer.buying),
          amount: offer.amount,
          price_n: offer.priceN,
          price_d: offer.priceD,
          is_passive: offer.isPassive,
          sponsor: offer.sponsor,
        }),
      ),
    ),
    contract_tokens: sorted(
      rows.contractTokens.map((token) => {
        const { id, contract, type, code, issuer, name, symbol, decimals } = token;
        return row({ id, contract_id: contract.text, type, code, issuer, name, symbol, decimals });
      }),
    ),
    ...tokenSections(rows),
    // As the reference implementation has them; `contract_code` and `executables` tell all.
    protocol_wasms: sorted(rows.protocolWasms.map(({ wasmHash }) => row({ wasm_hash: hex(wasmHash) }))),
    protocol_contracts: sorted(
      // Without the strkey version byte.
      rows.protocolContracts.flatMap(({ contract, wasmHash }) =>
        wasmHash === null ? [] : [row({ contract_id: hex(contract.bytes.subarray(1)), wasm_hash: hex(wasmHash) })],
      ),
    ),
    contract_code: sorted(
      rows.protocolWasms.map(({ wasmHash, kind, protocolId, functions }) =>
        row({ wasm_hash: hex(wasmHash), kind, protocol_id: protocolId, functions: JSON.parse(functions) as Json }),
      ),
    ),
    executables: sorted(
      rows.protocolContracts.map(({ contract, wasmHash, tagKey, isCreated }) =>
        row({ contract_id: contract, wasm_hash: wasmHash && hex(wasmHash), tag_key: tagKey && hex(tagKey), is_created: isCreated }),
      ),
    ),
    executable_tags: sorted(
      rows.executableTags.map(({ tagKey, owner, tag, wasmHash }) =>
        row({ tag_key: hex(tagKey), owner_id: owner, tag: base64(tag), wasm_hash: wasmHash && hex(wasmHash) }),
      ),
    ),
    ttls: sorted(rows.ttls.map((ttl) => row({ key_hash: hex(ttl.keyHash), live_until_ledger: ttl.liveUntilLedger }))),
    evicted_keys: sorted(rows.evictedKeys.map((hash) => row({ key_hash: hex(hash) }))),
    frozen_keys:
      rows.frozenKeys &&
      sorted(
        rows.frozenKeys.map(({ keyHash, key, account, assetId }) =>
          row({ key_hash: hex(keyHash), ledger_key: base64(key), account_id: account, asset_id: assetId }),
        ),
      ),
    ledger_upgrades: rows.ledgerUpgrades.map(({ ordinal, type, value, contract, contentHash, settings }) =>
      row({ ordinal, type, value, contract_id: contract, content_hash: contentHash && hex(contentHash), settings }),
    ),
    contract_events: sorted(
      rows.contractEvents.map(({ transactionIndex, operationIndex, events }) =>
        row({ tx_index: transactionIndex, operation_index: operationIndex, events: events.map(base64) }),
      ),
    ),
  };
}
