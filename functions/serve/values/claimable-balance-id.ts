import { byteaText } from "../../shared/columns/bytea.ts";
import { decodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";

/**
 * The `balance_id` column's text of an id as an address (`B…`, SEP-23) or as Horizon has it: 72 hex digits, XDR `ClaimableBalanceID`, of which
 * there is one type, 0. Null for anything else.
 */
export function claimableBalanceColumn(id: string): string | null {
  const [, hash] = /^0{8}([0-9a-fA-F]{64})$/.exec(id) ?? [];
  const bytes =
    hash === undefined ? decodeStrkey(id) : Buffer.concat([Buffer.of(StrkeyVersion.claimableBalance, 0), Buffer.from(hash, "hex")]);
  return bytes !== null && bytes.length === 34 && bytes[0] === StrkeyVersion.claimableBalance ? byteaText(bytes) : null;
}
