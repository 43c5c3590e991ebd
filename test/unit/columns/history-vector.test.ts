import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AccountKeyMaker } from "../../../functions/shared/columns/account-key.ts";
import { byteaText } from "../../../functions/shared/columns/bytea.ts";
import { nativeContract } from "../../../functions/shared/columns/contract-id.ts";
import { ByteWriter } from "../../../functions/shared/columns/history/byte-writer.ts";
import { readRefs, shortHash, type TransactionRef, writeRefs } from "../../../functions/shared/columns/history/link-refs.ts";
import { Payload } from "../../../functions/shared/columns/history/payload-decoder.ts";
import { PayloadEncoder } from "../../../functions/shared/columns/history/payload-encoder.ts";
import { RARE_FIELDS } from "../../../functions/shared/columns/history/payload-format.ts";
import type { RecordAddress, RecordStateChange } from "../../../functions/shared/columns/history/record.ts";
import { decodeStrkey } from "../../../functions/shared/strkey.ts";
import { PUBNET } from "../../fixtures/golden-ledgers.ts";

const page = readFileSync(new URL("../../../docs/history-format.md", import.meta.url), "utf8");

/** The bytes of an example: hex digits at the beginning of its lines, two spaces before what they mean. */
function example(language: string): Buffer {
  const [, block] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)!;
  const digits = block!
    .trimEnd()
    .split("\n")
    .map((line) => /^ *((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)(?: |$)/.exec(line)![1]!.replaceAll(" ", ""));
  return Buffer.from(digits.join(""), "hex");
}

const SENDER = "GAJ4BSGJE6UQHZAZ5U5IUOABPDCYPKPS3RFS2NVNGFGFXGVQDLBQJW2P";
const RECEIVER = "GCXZDLDI4BO3RHIYBS22RZXB5LGRRLTZUSPG6ANQQ36TVL2ASHC4ONZO";
const XLM = "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA";

const addressOf = (text: string): RecordAddress => ({ bytes: decodeStrkey(text)! });
const [sender, receiver, xlm] = [addressOf(SENDER), addressOf(RECEIVER), addressOf(XLM)];
const column = ({ bytes }: RecordAddress): string => byteaText(bytes);
const native = nativeContract(PUBNET);

function balanceChange<Address>(
  operation: number,
  stateChangeId: number,
  reason: string,
  account: Address,
  tokenId: Address,
  amount: string,
  counterparty: Address | null,
): RecordStateChange<Address> {
  const rare = Object.fromEntries(RARE_FIELDS.map(({ name }) => [name, null])) as unknown as RecordStateChange<Address>;
  return { ...rare, operation, stateChangeId, category: "BALANCE", reason, account, tokenId, amount, counterparty };
}

function changes<Address>(from: Address, to: Address, token: Address): RecordStateChange<Address>[] {
  return [
    balanceChange(0, 1, "DEBIT", from, token, "100", null),
    balanceChange(1, 1, "DEBIT", from, token, "12648926351", to),
    balanceChange(1, 2, "CREDIT", to, token, "12648926351", from),
  ];
}

test("the payload of docs/history-format.md says what the page says", () => {
  const bytes = example("payload");
  assert.equal(bytes.length, 258);
  const payload = new Payload(bytes, byteaText(native));
  assert.deepEqual([payload.envelopeType, payload.feeCharged, payload.resultCode], ["v1", 100n, "TransactionResultCodeTxSuccess"]);
  assert.deepEqual(
    [payload.transactionXdr.length, payload.signatures!.length, payload.feeBumpXdr, payload.feeBumpSignatures],
    [136, 76, null, null],
  );
  assert.deepEqual(payload.accounts, [column(sender), column(receiver)]);
  assert.deepEqual(payload.operations(), [
    {
      successful: true,
      operationXdr: payload.transactionXdr.subarray(76, 132),
      operationType: "PAYMENT",
      resultCode: "op_success",
      accounts: [column(sender), column(receiver)],
    },
  ]);
  assert.deepEqual(payload.stateChanges(), changes(column(sender), column(receiver), column(xlm)));
});

test("the encoder writes the payload of docs/history-format.md byte by byte", () => {
  const bytes = example("payload");
  const { transactionXdr, signatures } = new Payload(bytes, byteaText(native));
  const accounts = [sender, receiver];
  const operation = {
    operationType: "PAYMENT",
    resultCode: "op_success",
    successful: true,
    accounts,
    operationXdr: transactionXdr.subarray(76, 132),
  };
  const written = new PayloadEncoder(native, true).encode(
    {
      feeCharged: 100n,
      resultCode: "TransactionResultCodeTxSuccess",
      accounts,
      operations: [operation],
      stateChanges: changes(sender, receiver, xlm),
    },
    { type: "v1", transaction: transactionXdr, signatures: signatures!, feeBump: null, feeBumpSignatures: null },
  );
  assert.equal(written.toString("hex"), bytes.toString("hex"));
});

test("the link of docs/history-format.md is read and written", () => {
  const keys = new AccountKeyMaker(Uint8Array.from({ length: 32 }, (_, i) => i));
  assert.ok(page.includes(`its account key is ${keys.text(sender.bytes)}`));
  const [token, counterparty] = [xlm, receiver].map(({ bytes }) => shortHash(keys.halves(bytes)));
  const refs: TransactionRef[] = [
    {
      transaction: 135,
      successful: true,
      isParticipant: true,
      operations: [1],
      changes: [{ kind: 1, count: 2, token: token!, isToldByEvents: false, counterparties: [counterparty!] }],
    },
  ];
  const bytes = example("refs");
  assert.deepEqual(readRefs(bytes), refs);
  const writer = new ByteWriter();
  writeRefs(writer, refs);
  assert.equal(writer.finish().toString("hex"), bytes.toString("hex"));
});

test("the page's table of rare members is the order of their bits", () => {
  const types = new Map<number, string>();
  for (const [, bit, type] of page.matchAll(/\| (\d+) \| [^|]+ \| (address|int|text|text, JSON) (?=\|)/g)) types.set(Number(bit), type!);
  const shown = { address: "address", integer: "int", text: "text", json: "text, JSON" } as const;
  assert.deepEqual(
    RARE_FIELDS.map((_, bit) => types.get(bit)),
    RARE_FIELDS.map(({ type }) => shown[type]),
  );
});
