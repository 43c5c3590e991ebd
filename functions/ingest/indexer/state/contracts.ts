import { ASSET_DECIMALS } from "../../../shared/columns/amounts.ts";
import { assetText } from "../../../shared/columns/asset.ts";
import type { Address } from "../../../shared/xdr/address.ts";
import { StrkeyVersion } from "../../../shared/strkey.ts";
import { contractUuid } from "../../../shared/columns/uuid5.ts";
import { accountAt, addressAt, scAddressAt } from "../../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import type { ContractIds } from "../../ledger/contract-ids.ts";
import { dataKeyHash, instanceKeyHash, tagKeyHash } from "../../ledger/key-hash.ts";
import { bytesAt, opaqueAt, type Ledger } from "../../ledger/ledger.ts";
import { elements, type Words } from "../../../shared/xdr/words.ts";
import {
  ContractDataDurability,
  ContractExecutableType,
  readContractCodeEntry,
  readContractDataEntry,
  readContractExecutableExternalRef,
  readScContractInstance,
  ScValType,
  skipContractExecutableExternalRef,
  skipScMapEntry,
  readScMapEntry,
} from "../../../shared/xdr/xdr.generated.ts";
import type { ContractTokenRow, ExecutableTagRow, ProtocolContractRow, ProtocolWasmRow } from "../rows.ts";
import { mapAt, symbolAt, textAt, vectorAt } from "../sc-values.ts";

/** A Stellar Asset Contract's token row. */
export function sacToken(contract: Address, code: string, issuer: string): ContractTokenRow {
  const id = contractUuid(contract.text);
  return {
    id,
    contract,
    type: "SAC",
    code,
    issuer,
    name: assetText(code, issuer),
    symbol: code,
    decimals: ASSET_DECIMALS,
    keyHash: instanceKeyHash(contract),
    liveUntilLedger: null,
  };
}

/** Code and issuer that a contract instance's storage names under `AssetInfo`, or null. Codes may be padded with NULs. */
function assetInfo(x: Words, storage: number): { code: string; issuer: Address } | null {
  if (x[storage] !== 1) return null;
  for (const entry of elements(x, storage + 1, skipScMapEntry).map((p) => readScMapEntry(x, p))) {
    const key = vectorAt(x, entry.key);
    if (key?.length !== 1 || symbolAt(x, key[0]!) !== "AssetInfo") continue;
    const value = vectorAt(x, entry.val);
    const kind = value?.length === 2 ? symbolAt(x, value[0]!) : null;
    if (kind !== "AlphaNum4" && kind !== "AlphaNum12") return null;
    const members = mapAt(x, value![1]!);
    if (members?.length !== 2) return null;
    const [code, issuer] = members;
    if (symbolAt(x, code!.key) !== "asset_code" || x[code!.val] !== ScValType.scvString) return null;
    if (symbolAt(x, issuer!.key) !== "issuer" || x[issuer!.val] !== ScValType.scvBytes || x[issuer!.val + 1] !== 32) return null;
    return { code: textAt(x, code!.val + 1).replace(/\0+$/, ""), issuer: accountAt(x, issuer!.val + 2) };
  }
  return null;
}

const tokenIds = new WeakMap<Address, string>();

/** The id that a contract has in contract_tokens. Remembered as long as the address is, as its key hash. */
function tokenIdOf(contract: Address): string {
  let id = tokenIds.get(contract);
  if (id === undefined) tokenIds.set(contract, (id = contractUuid(contract.text)));
  return id;
}

/** What a contract runs. */
interface Executable {
  wasmHash: Uint8Array | null;
  tagKey: Uint8Array | null;
  isCreated: boolean;
}

/** Contract instances, tags and code of a ledger. */
export class Contracts {
  readonly tokens = new Map<Address, ContractTokenRow>();
  readonly #wasms = new Map<string, ProtocolWasmRow>();
  readonly #contracts = new Map<Address, Executable>();
  /** By the hex of their keys. */
  readonly #tags = new Map<string, ExecutableTagRow>();

  addCode(ledger: Ledger, change: Change): void {
    if (change.post === 0) return;
    const wasmHash = bytesAt(ledger.bytes, readContractCodeEntry(ledger.x, entryData(change.post)).hash, 8);
    const key = Buffer.from(wasmHash).toString("hex");
    if (!this.#wasms.has(key)) this.#wasms.set(key, { wasmHash });
  }

  /** Of contract data: instances and tags, both persistent data of contracts. */
  addData(ledger: Ledger, ids: ContractIds, change: Change): void {
    if (change.post === 0) return;
    const { x } = ledger;
    const { contract, key, durability, val } = readContractDataEntry(x, entryData(change.post));
    const kind = x[key];
    if (kind !== ScValType.scvLedgerKeyContractInstance && kind !== ScValType.scvExecutableTag) return;
    if (durability !== ContractDataDurability.persistent || x[contract] !== 1) return;
    const owner = addressAt(x, contract + 1, StrkeyVersion.contract);
    if (kind === ScValType.scvExecutableTag) this.#addTag(ledger, owner, change.post, key + 1, val);
    else if (x[val] === ScValType.scvContractInstance) this.#addInstance(ledger, ids, owner, change, val + 1);
  }

  #addInstance(ledger: Ledger, ids: ContractIds, contract: Address, change: Change, instance: number): void {
    const { x, bytes } = ledger;
    const { executable, storage } = readScContractInstance(x, instance);
    const isCreated = (change.pre === 0 && !change.restored) || this.#contracts.get(contract)?.isCreated === true;
    switch (x[executable]) {
      case ContractExecutableType.contractExecutableWasm:
        this.#contracts.set(contract, { wasmHash: bytesAt(bytes, executable + 1, 8), tagKey: null, isCreated });
        return;
      case ContractExecutableType.contractExecutableExternalRef:
        this.#contracts.set(contract, { wasmHash: null, tagKey: this.#addReference(ledger, executable + 1), isCreated });
        return;
    }
    if (contract === ids.native() || this.tokens.has(contract)) return;
    const asset = assetInfo(x, storage);
    if (asset && /^[A-Za-z0-9]{1,12}$/.test(asset.code) && ids.fromCodeAndIssuer(asset.code, asset.issuer) === contract) {
      this.tokens.set(contract, sacToken(contract, asset.code, asset.issuer.text));
    }
  }

  /** The tag that a ContractExecutableExternalRef names. @returns its key */
  #addReference({ x, bytes }: Ledger, p: number): Uint8Array {
    const { executableOwner, tag } = readContractExecutableExternalRef(x, p);
    const end = skipContractExecutableExternalRef(x, p);
    const tagKey = tagKeyHash(bytesAt(bytes, executableOwner, tag - executableOwner), bytesAt(bytes, tag, end - tag));
    const name = tagKey.toString("hex");
    if (!this.#tags.has(name))
      this.#tags.set(name, { tagKey, owner: scAddressAt(x, executableOwner), tag: opaqueAt(x, bytes, tag), wasmHash: null });
    return tagKey;
  }

  /** A tag's entry: the host lets it hold nothing but the hash of code that is there, and be removed never. */
  #addTag(ledger: Ledger, owner: Address, entry: number, tag: number, val: number): void {
    const { x, bytes } = ledger;
    if (x[val] !== ScValType.scvBytes || x[val + 1] !== 32) return;
    const tagKey = dataKeyHash(ledger, entry);
    this.#tags.set(tagKey.toString("hex"), { tagKey, owner, tag: opaqueAt(x, bytes, tag), wasmHash: bytesAt(bytes, val + 2, 8) });
  }

  wasms(): ProtocolWasmRow[] {
    return [...this.#wasms.values()];
  }

  /** @param liveUntil the last ledger in which an entry is live, by its key hash; null: as it was */
  contracts(liveUntil: (keyHash: Uint8Array) => number | null): ProtocolContractRow[] {
    return Array.from(this.#contracts, ([contract, executable]) => {
      const keyHash = instanceKeyHash(contract);
      return { contract, tokenId: tokenIdOf(contract), ...executable, keyHash, liveUntilLedger: liveUntil(keyHash) };
    });
  }

  tags(): ExecutableTagRow[] {
    return [...this.#tags.values()];
  }
}
