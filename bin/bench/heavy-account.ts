import { createHash } from "node:crypto";
import { ByteWriter } from "../../functions/shared/columns/history/byte-writer.ts";
import { stateChangeKinds } from "../../functions/shared/columns/history/codes.ts";
import { bitOf } from "../../functions/shared/columns/history/link-kinds.ts";
import { writeRefs } from "../../functions/shared/columns/history/link-refs.ts";
import { PayloadEncoder } from "../../functions/shared/columns/history/payload-encoder.ts";
import type { RecordAddress, RecordStateChange } from "../../functions/shared/columns/history/record.ts";
import { transactionId } from "../../functions/shared/columns/toid.ts";
import { TRANSACTION_SUCCESS } from "../../functions/shared/columns/transaction-result.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { encodeStrkey } from "../../functions/shared/strkey.ts";

const OPERATIONS = 100;
const CHANGES_AN_OPERATION = 4;
const PARTICIPANTS = 200;
const OPERATION_BYTES = 150;
const FIRST_LEDGER = 1_000_000;
const DAY = "2026-11-27";

function address(version: number, key: Buffer): RecordAddress {
  return { bytes: Buffer.concat([Buffer.of(version), key]) };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

const account = address(0x30, Buffer.alloc(32, 0x11));

/** The account's address: it takes part in every transaction and operation, and owns every state change. */
export const HEAVY_ACCOUNT = encodeStrkey(account.bytes);
/** Hash of its first transaction, hex. */
export const HEAVY_TRANSACTION = digest(String(FIRST_LEDGER)).toString("hex");

const NO_MEMBERS = {
  counterparty: null,
  signer: null,
  spender: null,
  creator: null,
  destination: null,
  liquidityPoolId: null,
  signerWeightOld: null,
  signerWeightNew: null,
  threshold: null,
  thresholdOld: null,
  thresholdNew: null,
  trustlineLimitOld: null,
  trustlineLimitNew: null,
  flags: null,
  dataEntryName: null,
  keyValue: null,
  toMuxedId: null,
};

/** What a transaction's state changes are besides a payment received, by their place from 0. */
type Changed = (at: number) => Partial<RecordStateChange<RecordAddress>>;

function payload(changed: Changed): Buffer {
  const others = Array.from({ length: PARTICIPANTS }, (_, at) => address(0x30, digest(`payee ${at}`)));
  const token = address(0x10, digest("token"));
  const xdr = Buffer.alloc(OPERATIONS * OPERATION_BYTES, 0xab);
  return new PayloadEncoder(Buffer.alloc(33), false).encode(
    {
      feeCharged: 100n,
      resultCode: TRANSACTION_SUCCESS,
      accounts: [account, ...others].sort((a, b) => Buffer.compare(a.bytes, b.bytes)),
      operations: Array.from({ length: OPERATIONS }, (_, at) => ({
        operationType: "PAYMENT",
        resultCode: "op_success",
        successful: true,
        accounts: [account, others[at]!],
        operationXdr: xdr.subarray(at * OPERATION_BYTES, (at + 1) * OPERATION_BYTES),
      })),
      stateChanges: Array.from({ length: OPERATIONS * CHANGES_AN_OPERATION }, (_, at) => ({
        ...NO_MEMBERS,
        operation: Math.floor(at / CHANGES_AN_OPERATION) + 1,
        stateChangeId: (at % CHANGES_AN_OPERATION) + 1,
        category: "BALANCE",
        reason: "CREDIT",
        account,
        tokenId: token,
        amount: "1234567890",
        ...changed(at),
      })),
    },
    { type: "v1", transaction: xdr, signatures: Buffer.alloc(0), feeBump: null, feeBumpSignatures: null },
  );
}

function refs(kind: number): Uint8Array {
  const writer = new ByteWriter();
  writeRefs(writer, [
    {
      transaction: 1,
      successful: true,
      isParticipant: true,
      operations: Array.from({ length: OPERATIONS }, (_, at) => at + 1),
      changes: [{ kind, count: OPERATIONS * CHANGES_AN_OPERATION, token: null, isToldByEvents: false, counterparties: [] }],
    },
  ]);
  return writer.finish();
}

/**
 * Writes the history of one busy account, like an airdrop or a market maker, into a migrated database: a transaction a ledger, with 100
 * operations, each with 4 state changes of the account, and 200 other participants.
 */
export async function writeHeavyAccount(sql: Database, transactions: number, changed: Changed = () => ({})): Promise<void> {
  const kind = stateChangeKinds.numberOf("BALANCE/CREDIT");
  const ledgers = Array.from({ length: transactions }, (_, at) => FIRST_LEDGER + at);
  const ids = ledgers.map((ledger) => transactionId(ledger, 1));
  await sql`select create_day_partitions(${DAY}::date)`;
  await sql`
      create temporary table filling as
      select sequence, to_id, ${`${DAY} 00:00:00+00`}::timestamptz + (sequence - ${FIRST_LEDGER}::integer) * interval '5 seconds' as at
      from unnest(string_to_array(${ledgers.join()}, ',')::integer[], string_to_array(${ids.join()}, ',')::bigint[]) as f (sequence, to_id)`;
  await sql`
      insert into ledgers (sequence, hash, previous_hash, closed_at, protocol_version, base_reserve, transaction_count, operation_count, state_change_count)
      select sequence, '\\x00', '\\x00', at, 23, 5000000, 1, ${OPERATIONS}::integer, ${OPERATIONS * CHANGES_AN_OPERATION}::integer from filling`;
  await sql`
      insert into account_links (account_key, ledger_created_at, ledger_number, kinds, refs)
      select account_key(${account.bytes}::bytea), at, sequence, ${bitOf(kind)}::integer, ${refs(kind)}::bytea from filling`;
  await sql`
      insert into transactions (to_id, ledger_created_at, hash, payload)
      select to_id, at, sha256(sequence::text::bytea), ${payload(changed)}::bytea from filling`;
  await sql`
      insert into transaction_hashes (hash_prefix, to_id)
      select ('x' || encode(substring(sha256(sequence::text::bytea) from 1 for 8), 'hex'))::bit(64)::bigint, to_id from filling`;
  await sql`drop table filling`;
}
