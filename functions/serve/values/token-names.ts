import { NATIVE_ASSET, splitAsset } from "../../shared/columns/asset.ts";
import { decodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import { type AccountKey, accountOf } from "./addresses.ts";

/** What a client names a token by. */
export type TokenName = {
  /** As the client wrote it. */
  text: string;
} & (
  | { kind: "native" }
  | { kind: "asset"; code: string; issuer: string }
  | { kind: "contract"; contract: AccountKey }
  /** 64 lower-case hex digits. */
  | { kind: "pool"; id: string }
);

const ISSUED_ASSET = /^[A-Za-z0-9]{1,12}:G[A-Z2-7]{55}$/;
const POOL_ID = /^[0-9a-fA-F]{64}$/;

/** The token that a text names: a contract (`C…`), `native`, `CODE:ISSUER` or a pool's id (hex, or `L…`); null for anything else. */
export function tokenName(text: string): TokenName | null {
  if (text === NATIVE_ASSET) return { text, kind: "native" };
  if (POOL_ID.test(text)) return { text, kind: "pool", id: text.toLowerCase() };
  if (ISSUED_ASSET.test(text)) {
    const asset = splitAsset(text);
    return accountOf(asset.issuer) === null ? null : { text, kind: "asset", ...asset };
  }
  const contract = accountOf(text);
  if (contract !== null) return contract.isContract ? { text, kind: "contract", contract } : null;
  const bytes = text.length === 56 ? decodeStrkey(text) : null;
  if (bytes?.[0] !== StrkeyVersion.liquidityPool) return null;
  return { text, kind: "pool", id: Buffer.from(bytes.subarray(1)).toString("hex") };
}
