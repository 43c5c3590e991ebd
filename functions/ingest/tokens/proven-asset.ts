import { decodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import { ScValType } from "../../shared/xdr/xdr.generated.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import type { RpcEntry } from "./ledger-entries.ts";
import { memberAt, stringBytes } from "./sc-members.ts";

/** The asset of a Stellar Asset Contract. */
export interface ProvenAsset {
  code: string;
  issuer: string;
  /** As the contract names itself: `CODE:ISSUER` or `native`. */
  name: string;
}

const ASSET_NAME = /^([A-Za-z0-9]{1,12}):(G[A-Z2-7]{55})$/;

/** The asset that a contract's name names, if the contract's id is that asset's. @param contract `C…` */
export function assetOfName(contract: string, name: string, ids: ContractIds): ProvenAsset | null {
  if (name === "native") return ids.native().text === contract ? { code: "XLM", issuer: "", name } : null;
  const [, code, issuer] = ASSET_NAME.exec(name) ?? [];
  const bytes = issuer === undefined ? null : decodeStrkey(issuer);
  if (!code || !issuer || bytes?.[0] !== StrkeyVersion.account) return null;
  return ids.fromCodeAndIssuer(code, ids.addresses.fromBytes(bytes)).text === contract ? { code, issuer, name } : null;
}

/**
 * The asset whose contract an instance is, by the name in its storage (CAP-46-6): `METADATA`, a map with `name`.
 * @param storage offset of the instance's storage
 * @returns null where the contract's id is not that of the asset, or nothing names one
 */
export function assetOfInstance(contract: string, { x, bytes }: RpcEntry, storage: number, ids: ContractIds): ProvenAsset | null {
  const metadata = memberAt(x, bytes, storage, "METADATA");
  if (metadata === null || x[metadata] !== ScValType.scvMap) return null;
  const name = memberAt(x, bytes, metadata + 1, "name");
  if (name === null || x[name] !== ScValType.scvString) return null;
  return assetOfName(contract, stringBytes(x, bytes, name + 1).toString("latin1"), ids);
}
