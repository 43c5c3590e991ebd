import { byteaBytes } from "../../shared/columns/bytea.ts";
import type { AccountDataNode } from "../nodes/account-record.ts";
import { decodeDataCursor, encodeCursor } from "../pagination/cursors.ts";
import type { AccountDataRow } from "../queries/account-records.ts";
import { addressText } from "../values/addresses.ts";
import { textOfBytes } from "../values/utf8.ts";
import { accountConnection } from "./account-connection.ts";
import type { AccountRecordResolvers } from "./resolver-types.generated.ts";

/** An account's data entries, by the bytes of their names. */
const accountData = accountConnection({
  cursor: decodeDataCursor,
  async read({ account, page, context: { loaders } }) {
    return {
      rows: await loaders.records.data(account, page),
      edge(row: AccountDataRow) {
        const [name, value] = [byteaBytes(row.name), byteaBytes(row.value)];
        const node: AccountDataNode = {
          name: name.toString("utf8"),
          nameBase64: name.toString("base64"),
          value: value.toString("base64"),
          valueText: textOfBytes(value),
          sponsor: row.sponsor === null ? null : addressText(row.sponsor),
          lastModifiedLedger: row.last_modified_ledger,
        };
        return { node, cursor: encodeCursor(`v1:${name.toString("hex")}`) };
      },
    };
  },
});

export const accountRecord: AccountRecordResolvers = {
  // Has a resolver, so that it is charged by the number of signers.
  signers: ({ signers }) => signers,
  data: accountData,
};
