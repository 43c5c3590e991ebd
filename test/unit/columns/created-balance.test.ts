import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { Account, Asset, Claimant, Keypair, MuxedAccount, Operation, TransactionBuilder } from "@stellar/stellar-sdk";
import { byteaText } from "../../../functions/shared/columns/bytea.ts";
import { DamagedBytes } from "../../../functions/shared/columns/history/byte-reader.ts";
import { CreatedBalances } from "../../../functions/shared/columns/history/created-balance.ts";
import { Payload } from "../../../functions/shared/columns/history/payload-decoder.ts";
import { PayloadEncoder } from "../../../functions/shared/columns/history/payload-encoder.ts";
import { RARE_FIELDS } from "../../../functions/shared/columns/history/payload-format.ts";
import type { RecordAddress, RecordEnvelope, RecordStateChange } from "../../../functions/shared/columns/history/record.ts";
import { decodeStrkey } from "../../../functions/shared/strkey.ts";
import { PUBNET } from "../../fixtures/golden-ledgers.ts";

const NATIVE = Buffer.alloc(33, 0x10);
const pair = Keypair.fromRawEd25519Seed(Buffer.alloc(32, 7));
const [owner, token] = [decodeStrkey(pair.publicKey())!, NATIVE].map((bytes): RecordAddress => ({ bytes }));

/** A transaction with so many operations that create claimable balances: its XDR, and the balances by the SDK. */
function made(isMuxed: boolean, operations: number): { xdr: Buffer; balances: Buffer[] } {
  const account = new Account(pair.publicKey(), "166733104583492606");
  const builder = new TransactionBuilder(isMuxed ? new MuxedAccount(account, "18446744073709551615") : account, {
    fee: "100",
    networkPassphrase: PUBNET,
  });
  const other = Keypair.fromRawEd25519Seed(Buffer.alloc(32, 9)).publicKey();
  for (let at = 0; at < operations; at++)
    builder.addOperation(
      Operation.createClaimableBalance({ asset: Asset.native(), amount: "1", claimants: [new Claimant(other)], source: other }),
    );
  const transaction = builder.setTimeout(0).build();
  const envelope = Buffer.from(transaction.toEnvelope().toXdr());
  return {
    // Between the union's arm and the empty list of signatures.
    xdr: envelope.subarray(4, -4),
    balances: Array.from({ length: operations }, (_, at) =>
      // The type is one byte in an address and four in XDR.
      Buffer.concat([Buffer.of(0x08), Buffer.from(transaction.getClaimableBalanceId(at), "hex").subarray(3)]),
    ),
  };
}

const cases = [false, true].flatMap((isMuxed) => {
  const { xdr, balances } = made(isMuxed, 3);
  const forms: { type: RecordEnvelope["type"]; xdr: Buffer; balances: Buffer[] }[] = [
    { type: "v1", xdr, balances },
    { type: "feeBump", xdr, balances },
  ];
  // A V0 transaction has the bare key instead of a MuxedAccount.
  if (!isMuxed) forms.push({ type: "v0", xdr: xdr.subarray(4), balances });
  return forms;
});

test("a claimable balance that an operation creates is the one that the SDK computes", () => {
  for (const { type, xdr, balances } of cases)
    for (const [at, balance] of balances.entries())
      assert.deepEqual(new CreatedBalances(type, xdr).address(at + 1), balance, `${type} ${at}`);
});

function payloadOf({ type, xdr, balances }: (typeof cases)[number], placeOf: (at: number) => number): Buffer {
  const rare = Object.fromEntries(RARE_FIELDS.map(({ name }) => [name, null])) as unknown as RecordStateChange<RecordAddress>;
  const stateChanges = balances.map((bytes, at) => ({
    ...rare,
    operation: placeOf(at),
    stateChangeId: 1,
    category: "BALANCE",
    reason: "DEBIT",
    account: owner!,
    tokenId: token!,
    amount: "10000000",
    counterparty: { bytes },
  }));
  const none = Buffer.alloc(4);
  const envelope = { type, transaction: xdr, signatures: none, feeBump: type === "feeBump" ? none : null, feeBumpSignatures: none };
  return Buffer.from(
    new PayloadEncoder(NATIVE, false).encode(
      { feeCharged: 100n, resultCode: "TransactionResultCodeTxSuccess", accounts: [], operations: [], stateChanges },
      envelope,
    ),
  );
}

test("it takes a byte or two in a payload, and its 34 where another operation has it", () => {
  for (const each of cases) {
    const counterparties = each.balances.map((bytes) => byteaText(bytes));
    const [short, long] = [payloadOf(each, (at) => at + 1), payloadOf(each, (at) => at + 2)];
    for (const bytes of [short, long]) {
      const payload = new Payload(bytes, byteaText(NATIVE));
      assert.deepEqual(
        payload.stateChanges().map(({ counterparty }) => counterparty),
        counterparties,
      );
      assert.deepEqual(payload.stateChangesOf(each.balances[0]!), []);
    }
    assert.equal(long.length - short.length, 3 * 34, each.type);
  }
});

function seal(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([bytes, checksum]);
}

test("a place that no operation has is damage, as is a transaction too short to have a source", () => {
  const withReference = (reference: number[], xdr: Buffer): Buffer => {
    const [v1] = cases;
    const bytes = payloadOf({ ...v1!, xdr, balances: [] }, () => 1);
    // No addresses, participants, operations, changes: the end without its checksum.
    const head = bytes.subarray(0, -8);
    return seal(Buffer.concat([head, Buffer.of(1, ...reference, 0, 0, 0)]));
  };
  const read = (bytes: Buffer) => new Payload(bytes, byteaText(NATIVE)).stateChanges();
  const { xdr } = cases[0]!;
  // (place × 4 + 3) × 2 as LEB128, of the last place there is and of the one behind it.
  assert.deepEqual(read(withReference([0xfe, 0xff, 0x01], xdr)), []);
  assert.throws(() => read(withReference([0x86, 0x80, 0x02], xdr)), DamagedBytes);
  assert.throws(() => read(withReference([0x0e], xdr.subarray(0, 52))), DamagedBytes);
});
