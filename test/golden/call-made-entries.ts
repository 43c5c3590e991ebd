import { Asset } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import type { GoldenLedger, GoldenRow } from "../fixtures/golden-ledgers.ts";
import { callMeta } from "./executed-calls.ts";

/** Rows, without their ids, of what a contract call made of classic entries (CAP-73), worked out with the SDK's decoder. */
interface MadeRows {
  /** ACCOUNT/CREATE, with the row of the first movement of lumens to the account that it comes before. */
  creations: { before: GoldenRow; row: GoldenRow }[];
  /** SIGNER/ADD, TRUSTLINE/ADD and BALANCE_AUTHORIZATION/SET, in the byte order of the entries' keys. */
  effects: GoldenRow[];
}

const accountText = (key: xdr.AccountId): string =>
  encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.account), key.toXdr().subarray(-32)]));

/** @param rows of the call by the reference implementation */
export function madeRows(
  { bytes, passphrase }: Pick<GoldenLedger, "bytes" | "passphrase">,
  index: number,
  rows: readonly GoldenRow[],
): MadeRows {
  const { changes } = callMeta(bytes, index);
  const made: { key: string; rows: GoldenRow[] }[] = [];
  const creations: MadeRows["creations"] = [];
  const native = Asset.native().contractId(passphrase);
  for (const change of changes) {
    if (change.type !== "ledgerEntryCreated") continue;
    const { data } = change.created;
    if (data.type === "account") {
      const { accountId } = data.account;
      const account = accountText(accountId);
      made.push({
        key: `00000000${Buffer.from(accountId.toXdr()).toString("hex")}`,
        rows: [{ category: "SIGNER", reason: "ADD", account_id: account, signer_account_id: account, signer_weight_new: 1 }],
      });
      // Debit and credit of a transfer follow each other.
      const credit = rows.findIndex(
        (row) => row.category === "BALANCE" && row.reason === "CREDIT" && row.account_id === account && row.token_id === native,
      );
      const before = rows[credit - 1];
      if (before)
        creations.push({
          before,
          row: { category: "ACCOUNT", reason: "CREATE", account_id: account, creator_account_id: before.account_id },
        });
    } else if (data.type === "trustline") {
      const { accountId, asset, limit, flags } = data.trustLine;
      if (asset.type !== "assetTypeCreditAlphanum4" && asset.type !== "assetTypeCreditAlphanum12") continue;
      const account_id = accountText(accountId);
      const token_id = Asset.fromOperation(xdr.Asset.fromXdr(asset.toXdr())).contractId(passphrase);
      const trustline_limit_new = `${limit / 10_000_000n}.${String(limit % 10_000_000n).padStart(7, "0")}`;
      const bits = (flags & 1 ? 1 : 0) | (flags & 2 ? 64 : 0) | (flags & 4 ? 32 : 0);
      made.push({
        key: `00000001${Buffer.from(accountId.toXdr()).toString("hex")}${Buffer.from(asset.toXdr()).toString("hex")}`,
        rows: [
          { category: "TRUSTLINE", reason: "ADD", account_id, token_id, trustline_limit_new },
          {
            category: "BALANCE_AUTHORIZATION",
            reason: "SET",
            account_id,
            token_id,
            ...(bits === 0 ? {} : { flags: bits }),
            trustline_limit_new,
          },
        ],
      });
    }
  }
  made.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { creations, effects: made.flatMap((each) => each.rows) };
}
