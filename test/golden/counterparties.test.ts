import assert from "node:assert/strict";
import { Address, Asset } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { operationToid } from "../../functions/shared/columns/toid.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { coreLedgers, indexedLedgers, multisetDifference, PUBNET } from "../fixtures/golden-ledgers.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { shared, sharedTest } from "../fixtures/shared.ts";

/*
 * Who was on the other side of a movement has a second witness: the events of CAP-67, which stellar-core writes for classic operations as
 * well. The SDK reads them here; the indexer reads events of contract calls alone.
 */

/** One side of a movement; all texts. */
interface Side {
  direction: "in" | "out";
  account: string;
  counterparty: string | null;
  token: string;
  amount: string;
}

const contracts = new Map<string, string>();

/** The asset that an event names, if its contract is that asset's: the contract and the issuer. */
function assetOf(contractId: xdr.ContractId | null, topic: xdr.ScVal | undefined, passphrase: string) {
  if (contractId === null || topic?.type !== "scvString") return null;
  // Behind type and length.
  const text = Buffer.from(topic.toXdr());
  const name = text.subarray(8, 8 + text.readUInt32BE(4)).toString("latin1");
  const [code, issuer] = name.split(":");
  const key = `${passphrase} ${name}`;
  let contract = contracts.get(key);
  if (contract === undefined) {
    try {
      contract = (name === "native" ? Asset.native() : new Asset(code!, issuer)).contractId(passphrase);
    } catch {
      contract = "";
    }
    contracts.set(key, contract);
  }
  const emitter = encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.contract), contractId.toXdr()]));
  return contract === emitter ? { contract, issuer: issuer ?? null } : null;
}

/** Null where the data are not as CAP-67 has them. */
function amountOf(data: xdr.ScVal): string | null {
  let value: xdr.ScVal | undefined = data;
  if (data.type === "scvMap") {
    const members = new Map(data.value?.map(({ key, val }) => [key.type === "scvSymbol" ? key.value : "", val]));
    value = members.get("amount");
    if (!["scvU64", "scvString", "scvBytes", "scvVoid", undefined].includes(members.get("to_muxed_id")?.type)) return null;
  }
  return value?.type === "scvI128" ? String((value.value.hi << 64n) | value.value.lo) : null;
}

const partyOf = (topic: xdr.ScVal | undefined): string | null =>
  topic?.type === "scvAddress" ? Address.fromScAddress(topic.value).toString() : null;
/** Pools and claimable balances have no rows. */
const hasRows = (party: string): boolean => party.startsWith("G") || party.startsWith("C");

/** What an event says of both sides. */
function sidesOf({ contractId, body }: xdr.ContractEvent, passphrase: string): Side[] {
  const { topics, data } = body.v0;
  const asset = assetOf(contractId, topics.at(-1), passphrase);
  const amount = amountOf(data);
  const name = topics[0]?.type === "scvSymbol" ? topics[0].value : "";
  if (asset === null || amount === null || topics.length !== (name === "transfer" ? 4 : 3)) return [];
  const [first, second] = [partyOf(topics[1]), partyOf(topics[2])];
  const sides: [from: string | null, to: string | null] | null =
    name === "transfer"
      ? [first, second]
      : name === "mint"
        ? [asset.issuer, first]
        : name === "burn" || name === "clawback"
          ? [first, asset.issuer]
          : null;
  if (sides === null) return [];
  const [from, to] = sides;
  const row = { token: asset.contract, amount };
  const found: Side[] = [];
  if (from !== null && hasRows(from)) found.push({ ...row, direction: "out", account: from, counterparty: to });
  if (to !== null && hasRows(to)) found.push({ ...row, direction: "in", account: to, counterparty: from });
  return found;
}

interface Tally {
  operations: number;
  sides: number;
  /** Operations without events, whose rows nothing confirms. */
  silent: number;
  parties: Set<string>;
}

const indexers = new Map<string, Indexer>();

function compare(name: string, bytes: Uint8Array, passphrase: string, tally: Tally): void {
  let indexer = indexers.get(passphrase);
  if (!indexer) indexers.set(passphrase, (indexer = createIndexer(passphrase)));
  const ours = new Map<number, Side[]>();
  for (const { category, operation, reason, account, tokenId, amount, counterparty } of indexBytes(indexer, bytes).stateChanges) {
    if (category !== "BALANCE") continue;
    if (operation === 0) {
      assert.equal(counterparty, null, `${name}: a fee has a counterparty`);
      continue;
    }
    const side: Side = {
      direction: reason === "DEBIT" || reason === "MINT" ? "out" : "in",
      account: account.text,
      counterparty: counterparty?.text ?? null,
      token: tokenId!.text,
      amount: amount!,
    };
    ours.set(operation, [...(ours.get(operation) ?? []), side]);
  }
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  const { txProcessing } = meta.type === "v2" ? meta.v2 : meta.type === "v1" ? meta.v1 : meta.v0;
  for (const [at, { txApplyProcessing }] of txProcessing.entries()) {
    if (txApplyProcessing.type !== "v4") continue;
    for (const [index, { events }] of txApplyProcessing.v4.operations.entries()) {
      const where = `${name} transaction ${at + 1} operation ${index + 1}`;
      const rows = ours.get(operationToid(at + 1, index)) ?? [];
      const sides = events.flatMap((event) => sidesOf(event, passphrase));
      if (sides.length === 0) {
        if (rows.length > 0) tally.silent++;
        continue;
      }
      const { extra, missing } = multisetDifference(rows, sides);
      assert.deepEqual({ rows: extra.slice(0, 3), events: missing.slice(0, 3) }, { rows: [], events: [] }, where);
      tally.operations++;
      tally.sides += rows.length;
      for (const { counterparty } of rows) tally.parties.add(counterparty?.[0] ?? "none");
    }
  }
}

const newTally = (): Tally => ({ operations: 0, sides: 0, silent: 0, parties: new Set() });

sharedTest("counterparties on pubnet are the other sides that the events of the same operations name", () => {
  const tally = newTally();
  for (const { name, passphrase, bytes } of indexedLedgers()) compare(name, bytes, passphrase, tally);
  assert.ok(tally.operations > 700 && tally.sides > 2_000, JSON.stringify(tally));
  assert.deepEqual([...tally.parties].sort(), ["B", "C", "G", "L"]);
});

sharedTest("counterparties of the chain are the other sides that the events of the same operations name", async () => {
  const tally = newTally();
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false }))
    compare(String(ledger.sequence), Uint8Array.from(ledger.bytes), PUBNET, tally);
  assert.deepEqual([tally.operations, tally.sides, tally.silent], [8_856, 25_872, 0]);
  assert.deepEqual([...tally.parties].sort(), ["B", "C", "G", "L"]);
});

sharedTest("counterparties in stellar-core's ledgers are the other sides that the events of the same operations name", () => {
  const tally = newTally();
  for (const { name, passphrase, bytes } of coreLedgers()) compare(name, bytes, passphrase, tally);
  assert.ok(tally.operations > 60, JSON.stringify(tally));
});
