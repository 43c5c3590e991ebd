import assert from "node:assert/strict";
import { after, test } from "node:test";
import type * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { contract, created, updated } from "../fixtures/call-ledger.ts";
import { removed } from "../fixtures/contract-chain.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { seeded } from "../fixtures/hostile-ledgers.ts";
import { holder, minted, moved, nftChain, ownerEntry } from "../fixtures/nft-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const SEED = Number(process.env.NFT_SEED ?? 1);
const LEDGERS = 40;

type Holder = ReturnType<typeof holder>;
const HOLDERS = ["ann", "ben", "cat", "dan"].map(holder);

interface Told {
  changes: xdr.LedgerEntryChange[];
  events: xdr.ContractEvent[];
}

/** A contract of NFTs as a wallet would know it, which tells ledgers what it does. */
abstract class Collection {
  readonly contract: ReturnType<typeof contract>;
  /** Whose the tokens are. */
  readonly owners = new Map<number, Holder>();
  protected next = 0;

  constructor(name: string) {
    this.contract = contract(name);
  }

  /** Does one thing of several at random. */
  act(below: (n: number) => number, told: Told): void {
    const tokens = [...this.owners.keys()];
    const kind = tokens.length === 0 ? 0 : below(6);
    if (kind < 2) {
      this.mint(HOLDERS[below(HOLDERS.length)]!, below, told);
      return;
    }
    const id = tokens[below(tokens.length)]!;
    const from = this.owners.get(id)!;
    const to = kind === 5 ? null : HOLDERS[below(HOLDERS.length)]!;
    told.events.push(
      to === null
        ? moved(this.contract, "burn", [from], BigInt(id), { form: "map" })
        : moved(this.contract, "transfer", [from, to], BigInt(id), { form: "map" }),
    );
    this.give(id, from, to, told);
    if (to === null) this.owners.delete(id);
    else this.owners.set(id, to);
  }

  protected abstract mint(to: Holder, below: (n: number) => number, told: Told): void;
  protected abstract give(id: number, from: Holder, to: Holder | null, told: Told): void;
}

/** Keeps each owner in an entry, or where nobody looks. */
class Plain extends Collection {
  readonly #isStored: boolean;
  readonly #entries = new Entries(this.contract);

  constructor(name: string, isStored: boolean) {
    super(name);
    this.#isStored = isStored;
  }

  protected override mint(to: Holder, _below: unknown, told: Told): void {
    const id = this.next++;
    told.events.push(moved(this.contract, "mint", [to], BigInt(id), { form: "map" }));
    this.owners.set(id, to);
    if (this.#isStored) this.#entries.set(id, to, told);
  }

  protected override give(id: number, _from: unknown, to: Holder | null, told: Told): void {
    if (this.#isStored) this.#entries.set(id, to, told);
  }
}

/** Mints in batches, and keeps the owner of the last token of a run alone, as OpenZeppelin's consecutive extension does. */
class Consecutive extends Collection {
  readonly #entries = new Entries(this.contract);
  readonly #burnt = new Set<number>();

  protected override mint(to: Holder, below: (n: number) => number, told: Told): void {
    const first = this.next;
    this.next += 1 + below(8);
    const last = this.next - 1;
    told.events.push(minted(this.contract, to, BigInt(first), BigInt(last)));
    for (let id = first; id <= last; id++) this.owners.set(id, to);
    this.#entries.set(last, to, told);
  }

  protected override give(id: number, from: Holder, to: Holder | null, told: Told): void {
    if (id > 0 && !this.#entries.has(id - 1) && !this.#burnt.has(id - 1)) this.#entries.set(id - 1, from, told);
    if (to === null) this.#burnt.add(id);
    this.#entries.set(id, to, told);
  }
}

/** The entries of owners in a contract's storage. */
class Entries {
  readonly #contract: ReturnType<typeof contract>;
  readonly #owners = new Map<number, Holder>();

  constructor(of: ReturnType<typeof contract>) {
    this.#contract = of;
  }

  has(id: number): boolean {
    return this.#owners.has(id);
  }

  set(id: number, owner: Holder | null, { changes }: Told): void {
    const { entry, key } = ownerEntry(this.#contract, BigInt(id));
    const before = this.#owners.get(id);
    if (owner === null) {
      if (before) changes.push(...removed(entry(before), key));
      this.#owners.delete(id);
      return;
    }
    changes.push(...(before ? updated(entry(before), entry(owner)) : created(entry(owner))));
    this.#owners.set(id, owner);
  }
}

const database = await testDatabase();
const api = testApi(database.url, { networkPassphrase: SANDBOX_PASSPHRASE });
const sql = database.connect();
after(() => api.close());

const collections = [new Plain("stored", true), new Plain("emitted", false), new Consecutive("batched")];
const random = seeded(SEED);
const below = (n: number): number => Math.floor(random() * n);
/** Whose each token is after each ledger, by owner as `contract id`. */
const expected: Map<string, Set<string>>[] = [];
const steps: Told[] = Array.from({ length: LEDGERS }, () => {
  const told: Told = { changes: [], events: [] };
  for (let n = 1 + below(6); n > 0; n--) collections[below(collections.length)]!.act(below, told);
  const holdings = new Map(HOLDERS.map(({ address }) => [address, new Set<string>()]));
  for (const { contract: of, owners } of collections)
    for (const [id, { address }] of owners) holdings.get(address)!.add(`${of.address} ${id}`);
  expected.push(holdings);
  return told;
});
const ledgers = nftChain(1, steps);

test(`seed ${SEED}: tokens are whose the contract says after every tenth of ${LEDGERS} ledgers, however it keeps them`, async () => {
  for (let last = 10; last <= LEDGERS; last += 10) {
    const { summary, error } = await ingestSandbox(database.url, memorySource(ledgers.slice(0, last)));
    assert.equal(error, null);
    assert.equal(summary?.to, last);
    await sql`update contract_tokens set type = 'SEP50' where contract_id = any (${`{${collections.map(({ contract: { address } }) => address).join(",")}}`}::text[])`;
    const { data, errors } = await api.ask(
      `query ($addresses: [String!]!) { accounts(addresses: $addresses) { address
        nfts(first: 100) { edges { node { contract { contractId } tokenId owner } } pageInfo { hasNextPage } } } }`,
      { addresses: HOLDERS.map(({ address }) => address) },
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    type Page = {
      edges: { node: { contract: { contractId: string }; tokenId: string; owner: string } }[];
      pageInfo: { hasNextPage: boolean };
    };
    for (const { address, nfts } of data.accounts as { address: string; nfts: Page }[]) {
      const shown = nfts.edges.map(({ node: { contract: of, tokenId } }) => `${of.contractId} ${tokenId}`);
      assert.equal(nfts.pageInfo.hasNextPage, false);
      assert.deepEqual(shown.toSorted(), [...expected[last - 1]!.get(address)!].sort(), `ledger ${last}`);
      assert.ok(nfts.edges.every(({ node: { owner } }) => owner === address));
    }
  }
  const [row] = await sql<{ ranges: number; stored: number; events: number; burnt: number }[]>`
    select (select count(*) from nft_ranges)::integer as ranges, count(*) filter (where is_stored)::integer as stored,
      count(*) filter (where not is_stored)::integer as events, count(*) filter (where owner_id is null)::integer as burnt from nfts`;
  // It has all of these.
  for (const [kind, count] of Object.entries(row!)) assert.ok(count > 2, `${count} ${kind}`);
});

test("verify finds nothing in these ledgers, whichever meta tells them", () => {
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  for (const bytes of [...ledgers, ...nftChain(1, steps, 3)]) {
    const ledger = openLedger(bytes);
    assert.deepEqual(problemsOf(indexer.index(ledger), ledger, SANDBOX_PASSPHRASE), []);
    ledger.close();
  }
});
