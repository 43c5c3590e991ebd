import { ASSET_DECIMALS } from "../../../shared/columns/amounts.ts";
import { assetText } from "../../../shared/columns/asset.ts";
import type { Address } from "../../../shared/xdr/address.ts";
import { StrkeyVersion } from "../../../shared/strkey.ts";
import { contractUuid } from "../../../shared/columns/uuid5.ts";
import { accountAt, addressAt, scAddressAt } from "../../../shared/xdr/addresses.ts";
import { codeVerdict } from "../../code/code-verdict.ts";
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
import type { ContractTokenRow, ExecutableTagRow, LedgerRows, ProtocolContractRow } from "../rows.ts";
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

/** A contract's instance, as the ledger leaves it. */
interface Instance {
  /** Word offset of its ContractExecutable: a wasm or a reference. */
  executable: number;
  isCreated: boolean;
}

/** Rows of the code that a ledger shows, of the tags that name code, and of the contracts that run it. */
type CodeRows = Pick<LedgerRows, "protocolWasms" | "protocolContracts" | "executableTags">;

/** Contract instances, tags and code of a ledger: the last that it writes of each. */
export class Contracts {
  readonly tokens = new Map<Address, ContractTokenRow>();
  readonly #instances = new Map<Address, Instance>();
  /** Word offsets of LedgerEntries, by the hex of their hash or key hash. */
  readonly #code = new Map<string, number>();
  readonly #tags = new Map<string, number>();

  addCode({ x, bytes }: Ledger, change: Change): void {
    if (change.post === 0) return;
    const { hash } = readContractCodeEntry(x, entryData(change.post));
    this.#code.set(hex(bytesAt(bytes, hash, 8)), change.post);
  }

  /** Of contract data: instances and tags, both persistent data of contracts. */
  addData(ledger: Ledger, ids: ContractIds, change: Change): void {
    if (change.post === 0) return;
    const { x } = ledger;
    const { contract, key, durability, val } = readContractDataEntry(x, entryData(change.post));
    const kind = x[key];
    if (kind !== ScValType.scvLedgerKeyContractInstance && kind !== ScValType.scvExecutableTag) return;
    if (durability !== ContractDataDurability.persistent || x[contract] !== 1) return;
    // The host lets a tag hold nothing but the hash of code that is there, and never be removed.
    if (kind === ScValType.scvExecutableTag) {
      if (x[val] === ScValType.scvBytes && x[val + 1] === 32) this.#tags.set(hex(dataKeyHash(ledger, change.post)), change.post);
    } else if (x[val] === ScValType.scvContractInstance) {
      this.#addInstance(x, ids, addressAt(x, contract + 1, StrkeyVersion.contract), change, val + 1);
    }
  }

  #addInstance(x: Words, ids: ContractIds, contract: Address, change: Change, instance: number): void {
    const { executable, storage } = readScContractInstance(x, instance);
    if (x[executable] !== ContractExecutableType.contractExecutableStellarAsset) {
      const isCreated = this.#instances.get(contract)?.isCreated ?? (change.pre === 0 && !change.restored);
      this.#instances.set(contract, { executable, isCreated });
      return;
    }
    if (contract === ids.native() || this.tokens.has(contract)) return;
    const asset = assetInfo(x, storage);
    if (asset && /^[A-Za-z0-9]{1,12}$/.test(asset.code) && ids.fromCodeAndIssuer(asset.code, asset.issuer) === contract) {
      this.tokens.set(contract, sacToken(contract, asset.code, asset.issuer.text));
    }
  }

  /** @param liveUntil the last ledger in which an entry is live, by its key hash; null: as it was */
  rows(ledger: Ledger, liveUntil: (keyHash: Uint8Array) => number | null): CodeRows {
    const { x, bytes } = ledger;
    const tags = new Map(Array.from(this.#tags, ([key, entry]) => [key, tagRow(ledger, entry)]));
    const protocolContracts: ProtocolContractRow[] = [];
    for (const [contract, { executable, isCreated }] of this.#instances) {
      const keyHash = instanceKeyHash(contract);
      const row = { contract, tokenId: tokenIdOf(contract), isCreated, keyHash, liveUntilLedger: liveUntil(keyHash) };
      if (x[executable] === ContractExecutableType.contractExecutableWasm) {
        protocolContracts.push({ ...row, wasmHash: bytesAt(bytes, executable + 1, 8), tagKey: null });
        continue;
      }
      const named = namedTag(ledger, executable + 1);
      if (!tags.has(hex(named.tagKey))) tags.set(hex(named.tagKey), named);
      protocolContracts.push({ ...row, wasmHash: null, tagKey: named.tagKey });
    }
    const protocolWasms = Array.from(this.#code.values(), (entry) => {
      const { hash, code } = readContractCodeEntry(x, entryData(entry));
      return { wasmHash: bytesAt(bytes, hash, 8), ...codeVerdict(opaqueAt(x, bytes, code)) };
    });
    return { protocolWasms, protocolContracts, executableTags: [...tags.values()] };
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** The tag that a ContractExecutableExternalRef at word `p` names. */
function namedTag({ x, bytes }: Ledger, p: number): ExecutableTagRow {
  const { executableOwner, tag } = readContractExecutableExternalRef(x, p);
  const end = skipContractExecutableExternalRef(x, p);
  const tagKey = tagKeyHash(bytesAt(bytes, executableOwner, tag - executableOwner), bytesAt(bytes, tag, end - tag));
  return { tagKey, owner: scAddressAt(x, executableOwner), tag: opaqueAt(x, bytes, tag), wasmHash: null };
}

/** The tag whose entry is the LedgerEntry at word `entry`. */
function tagRow(ledger: Ledger, entry: number): ExecutableTagRow {
  const { x, bytes } = ledger;
  const { contract, key, val } = readContractDataEntry(x, entryData(entry));
  return {
    tagKey: dataKeyHash(ledger, entry),
    owner: addressAt(x, contract + 1, StrkeyVersion.contract),
    tag: opaqueAt(x, bytes, key + 1),
    wasmHash: bytesAt(bytes, val + 2, 8),
  };
}
