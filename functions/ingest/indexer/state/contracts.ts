import { ASSET_DECIMALS } from "../../../shared/columns/amounts.ts";
import { assetText } from "../../../shared/columns/asset.ts";
import type { Address } from "../../../shared/xdr/address.ts";
import { StrkeyVersion } from "../../../shared/strkey.ts";
import { contractUuid } from "../../../shared/columns/uuid5.ts";
import { accountAt, addressAt } from "../../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import type { ContractIds } from "../../ledger/contract-ids.ts";
import { instanceKeyHash } from "../../ledger/key-hash.ts";
import { bytesAt, type Ledger } from "../../ledger/ledger.ts";
import { elements, type Words } from "../../../shared/xdr/words.ts";
import {
  ContractDataDurability,
  ContractExecutableType,
  readContractCodeEntry,
  readContractDataEntry,
  readScContractInstance,
  ScValType,
  skipScMapEntry,
  readScMapEntry,
} from "../../../shared/xdr/xdr.generated.ts";
import type { ContractTokenRow, ProtocolContractRow, ProtocolWasmRow } from "../rows.ts";
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

/** Contract instances and code of a ledger. */
export class Contracts {
  readonly tokens = new Map<Address, ContractTokenRow>();
  readonly #wasms = new Map<string, ProtocolWasmRow>();
  /** Code by the contract that runs it. */
  readonly #contracts = new Map<Address, Uint8Array>();

  addCode(ledger: Ledger, change: Change): void {
    if (change.post === 0) return;
    const wasmHash = bytesAt(ledger.bytes, readContractCodeEntry(ledger.x, entryData(change.post)).hash, 8);
    const key = Buffer.from(wasmHash).toString("hex");
    if (!this.#wasms.has(key)) this.#wasms.set(key, { wasmHash });
  }

  addInstance(ledger: Ledger, ids: ContractIds, change: Change): void {
    if (change.post === 0) return;
    const { x } = ledger;
    const data = readContractDataEntry(x, entryData(change.post));
    if (x[data.key] !== ScValType.scvLedgerKeyContractInstance || x[data.val] !== ScValType.scvContractInstance) return;
    if (data.durability !== ContractDataDurability.persistent || x[data.contract] !== 1) return;
    const contract = addressAt(x, data.contract + 1, StrkeyVersion.contract);
    const { executable, storage } = readScContractInstance(x, data.val + 1);
    if (x[executable] === ContractExecutableType.contractExecutableWasm) {
      this.#contracts.set(contract, bytesAt(ledger.bytes, executable + 1, 8));
      return;
    }
    if (contract === ids.native() || this.tokens.has(contract)) return;
    const asset = assetInfo(x, storage);
    if (asset && /^[A-Za-z0-9]{1,12}$/.test(asset.code) && ids.fromCodeAndIssuer(asset.code, asset.issuer) === contract) {
      this.tokens.set(contract, sacToken(contract, asset.code, asset.issuer.text));
    }
  }

  wasms(): ProtocolWasmRow[] {
    return [...this.#wasms.values()];
  }

  /** @param liveUntil the last ledger in which an entry is live, by its key hash; null: as it was */
  contracts(liveUntil: (keyHash: Uint8Array) => number | null): ProtocolContractRow[] {
    return Array.from(this.#contracts, ([contract, wasmHash]) => {
      const keyHash = instanceKeyHash(contract);
      return { contract, wasmHash, keyHash, liveUntilLedger: liveUntil(keyHash) };
    });
  }
}
