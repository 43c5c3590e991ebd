import * as xdr from "@stellar/stellar-sdk/xdr";
import { canonical, type GoldenLedger, type GoldenRow, type GoldenSections } from "../fixtures/golden-ledgers.ts";
import { madeRows } from "./call-made-entries.ts";
import { callMeta, executedCall, metaOf } from "./executed-calls.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { classicReceipt, eventReceipt } from "./muxed-receivers.ts";
import { changedSponsors } from "./sponsored-counts.ts";
import { toldBy, type ToldEvent } from "./token-event-witness.ts";

/**
 * Where our history differs from the peer's on purpose. Each entry changes the peer's rows of a ledger into what ours must be
 * and says how many rows it touched; one that touches none on any ledger is stale and fails the suite.
 */
interface IntendedDifference {
  /** GAP-n or Dn of docs/differences.md. */
  number: string;
  reason: string;
  apply(golden: GoldenSections, ledger: GoldenLedger): number;
}

function rows(golden: GoldenSections, section: string): GoldenRow[] {
  return golden[section] ?? [];
}

/** 7 decimals from stroops text. */
function decimals(stroops: string): string {
  const digits = stroops.padStart(8, "0");
  return `${digits.slice(0, -7)}.${digits.slice(-7)}`;
}

function transactionOf(operationId: string): string {
  return String(BigInt(operationId) & ~4095n);
}

const isSuccess = ({ result_code }: GoldenRow): boolean =>
  result_code === "TransactionResultCodeTxSuccess" || result_code === "TransactionResultCodeTxFeeBumpInnerSuccess";

/** The contract calls of successful transactions, with the rows that they belong to. */
function calls(
  golden: GoldenSections,
  ledger: GoldenLedger,
): { tx: GoldenRow; op: GoldenRow; index: number; call: ReturnType<typeof executedCall> }[] {
  const successful = new Map(
    rows(golden, "transactions")
      .filter(isSuccess)
      .map((tx) => [tx.to_id, tx]),
  );
  return rows(golden, "operations").flatMap((op) => {
    const tx = op.operation_type === "INVOKE_HOST_FUNCTION" ? successful.get(transactionOf(op.id as string)) : undefined;
    if (!tx) return [];
    const index = Number((BigInt(op.id as string) >> 12n) & 0xfffffn) - 1;
    const operation = xdr.Operation.fromXdr(Buffer.from(op.operation_xdr as string, "base64"));
    return [{ tx, op, index, call: executedCall(ledger, index, operation) }];
  });
}

/** Operations of successful transactions, with what each tells of muxed receivers. */
function muxedReceipts(
  golden: GoldenSections,
  { bytes }: GoldenLedger,
): { operation: string; receipts: NonNullable<ReturnType<typeof classicReceipt>>[] }[] {
  const successful = new Set(
    rows(golden, "transactions")
      .filter(isSuccess)
      .map((tx) => tx.to_id),
  );
  return rows(golden, "operations").flatMap(({ id, operation_xdr, operation_type }) => {
    const operation = id as string;
    if (!successful.has(transactionOf(operation))) return [];
    const receipts =
      operation_type === "INVOKE_HOST_FUNCTION"
        ? eventsOf(metaOf(bytes, Number((BigInt(operation) >> 12n) & 0xfffffn) - 1)).map(eventReceipt)
        : [classicReceipt(xdr.Operation.fromXdr(Buffer.from(operation_xdr as string, "base64")))];
    return [{ operation, receipts: receipts.filter((receipt) => receipt !== null) }];
  });
}

/** The entry changes of an operation. @param place in its transaction, from 1 */
function changesOf(meta: xdr.TransactionMeta, place: number): readonly xdr.LedgerEntryChange[] {
  const { operations } =
    meta.type === "operations"
      ? meta
      : meta.type === "v1"
        ? meta.v1
        : meta.type === "v2"
          ? meta.v2
          : meta.type === "v3"
            ? meta.v3
            : meta.v4;
  return operations[place - 1]?.changes ?? [];
}

function eventsOf(meta: xdr.TransactionMeta): readonly xdr.ContractEvent[] {
  return meta.type === "v4" ? (meta.v4.operations[0]?.events ?? []) : [];
}

function setAccounts(row: GoldenRow, accounts: Iterable<string>): boolean {
  const sorted = [...new Set(accounts)].sort();
  const isOther = sorted.join() !== (row.accounts as string[]).join();
  row.accounts = sorted;
  return isOther;
}

function contractText(id: Uint8Array): string {
  return encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.contract), id]));
}

const EFFECTS_BASE = 2n ** 28n;

/** Adds a state change of an operation. */
function addRow(golden: GoldenSections, op: GoldenRow, id: bigint, members: GoldenRow): void {
  golden.state_changes = [
    ...rows(golden, "state_changes"),
    { ...members, to_id: transactionOf(op.id as string), operation_id: op.id, state_change_id: String(id) },
  ];
}

/** Adds a state change with the id of one that is there, which is numbered next with those behind it. */
function insertBefore(golden: GoldenSections, next: GoldenRow, members: GoldenRow): void {
  const id = BigInt(next.state_change_id as string);
  for (const row of rows(golden, "state_changes")) {
    const of = BigInt(row.state_change_id as string);
    if (row.operation_id === next.operation_id && of >= id && of < EFFECTS_BASE) row.state_change_id = String(of + 1n);
  }
  addRow(golden, { id: next.operation_id }, id, members);
}

const DEPLOY_BASE = 2n * 2n ** 28n;

/** Numbers the ACCOUNT/CREATE rows of deployed contracts of each operation again, 1, 2, …. */
function renumberDeploys(golden: GoldenSections): void {
  const next = new Map<unknown, bigint>();
  const isDeploy = ({ state_change_id }: GoldenRow): boolean => BigInt(state_change_id as string) >> 28n === 2n;
  for (const row of rows(golden, "state_changes")) {
    if (!isDeploy(row)) continue;
    const ordinal = (next.get(row.operation_id) ?? 0n) + 1n;
    next.set(row.operation_id, ordinal);
    row.state_change_id = typeof row.state_change_id === "number" ? Number(DEPLOY_BASE + ordinal) : String(DEPLOY_BASE + ordinal);
  }
}

const TOKEN_EVENTS_BASE = 2n ** 40n;
/** The contracts that the peer was told to take for tokens, as 32-byte ids: 01 00 … and 02 00 …. */
const PEERS_TOKENS = new Set([1, 2].map((first) => contractText(Buffer.concat([Buffer.of(first), Buffer.alloc(31)]))));

/** What the events of a successful call tell, in their order. */
function toldIn({ bytes }: GoldenLedger, index: number): ToldEvent[] {
  return callMeta(bytes, index)
    .events.map(toldBy)
    .filter((told) => told !== null);
}

/** The rows of an operation's events, numbered from 1. */
function numbered(op: GoldenRow, members: readonly GoldenRow[]): GoldenRow[] {
  return members.map((row, at) => ({
    ...row,
    to_id: transactionOf(op.id as string),
    operation_id: op.id,
    state_change_id: String(TOKEN_EVENTS_BASE + BigInt(at + 1)),
  }));
}

const textOf = (list: readonly GoldenRow[]): string => list.map(canonical).sort().join("\n");

export const INTENDED_DIFFERENCES: IntendedDifference[] = [
  {
    number: "D13",
    reason: "trustline limits are 7-digit decimals in all three fields; the peer leaves the old limit in stroops (GAP-8)",
    apply(golden) {
      let touched = 0;
      for (const row of rows(golden, "state_changes")) {
        if (row.category !== "TRUSTLINE" || row.reason !== "UPDATE") continue;
        row.trustline_limit_old = decimals(row.trustline_limit_old as string);
        touched++;
      }
      return touched;
    },
  },
  {
    number: "GAP-2",
    reason: "a contract whose instance was not created has no ACCOUNT/CREATE: its deployment failed, or was authorised and not executed",
    apply(golden, ledger) {
      const created = new Map(calls(golden, ledger).map(({ op, call }) => [op.id, call.created]));
      const isWrong = (row: GoldenRow): boolean =>
        row.category === "ACCOUNT" &&
        row.reason === "CREATE" &&
        (row.account_id as string).startsWith("C") &&
        !created.get(row.operation_id)?.has(row.account_id as string);
      const wrong = rows(golden, "state_changes").filter(isWrong);
      if (wrong.length === 0) return 0;
      golden.state_changes = rows(golden, "state_changes").filter((row) => !isWrong(row));
      renumberDeploys(golden);
      for (const { account_id, operation_id } of wrong) {
        const id = operation_id as string;
        for (const row of [
          ...rows(golden, "operations").filter((op) => op.id === id),
          ...rows(golden, "transactions").filter((tx) => tx.to_id === transactionOf(id)),
        ]) {
          row.accounts = (row.accounts as string[]).filter((account) => account !== account_id);
        }
      }
      return wrong.length;
    },
  },
  {
    number: "GAP-28",
    reason: "who takes part in a contract call is who is in what was executed; the authorisation tree links nobody by itself",
    apply(golden, ledger) {
      let touched = 0;
      for (const { tx, op, call } of calls(golden, ledger)) {
        const ofRows = rows(golden, "state_changes").filter((row) => row.to_id === tx.to_id);
        const accountsOf = (operation: unknown): string[] =>
          ofRows.filter((row) => row.operation_id === operation).map((row) => row.account_id as string);
        const keep = new Set([...call.executed, ...call.ofOperation, ...accountsOf(op.id)]);
        const keepOfTx = new Set([...keep, ...call.ofTransaction, ...ofRows.map((row) => row.account_id as string)]);
        const apply = (row: GoldenRow, kept: Set<string>): boolean =>
          setAccounts(row, [
            ...(row.accounts as string[]).filter((account) => kept.has(account) || !call.declared.has(account)),
            ...call.executed,
          ]);
        const [opChanged, txChanged] = [apply(op, keep), apply(tx, keepOfTx)];
        if (opChanged || txChanged) touched++;
      }
      return touched;
    },
  },
  {
    number: "GAP-29",
    reason: "accounts and trustlines that a contract call makes (CAP-73) have the rows of CREATE_ACCOUNT and CHANGE_TRUST",
    apply(golden, ledger) {
      let touched = 0;
      for (const { tx, op, index } of calls(golden, ledger)) {
        const own = rows(golden, "state_changes").filter((row) => row.operation_id === op.id);
        const { creations, effects } = madeRows(ledger, index, own);
        for (const { before, row } of creations) insertBefore(golden, before, row);
        effects.forEach((row, at) => addRow(golden, op, EFFECTS_BASE + BigInt(at + 1), row));
        for (const { account_id } of [...creations.map(({ row }) => row), ...effects])
          for (const each of [op, tx]) setAccounts(each, [...(each.accounts as string[]), account_id as string]);
        touched += creations.length + effects.length;
      }
      return touched;
    },
  },
  {
    number: "GAP-6",
    reason: "addresses in CAP-71 credentials (address-v2, with delegates) are participants where the call consumed their nonce",
    apply(golden, ledger) {
      let touched = 0;
      for (const { tx, op, call } of calls(golden, ledger)) {
        let isTouched = false;
        for (const row of [op, tx]) isTouched = setAccounts(row, [...(row.accounts as string[]), ...call.authorizers71]) || isTouched;
        if (isTouched) touched++;
      }
      return touched;
    },
  },
  {
    number: "GAP-9",
    reason: "the row of a muxed receiver has the id of its address, of classic payments and of asset contracts' events",
    apply(golden, ledger) {
      let touched = 0;
      const changes = Map.groupBy(rows(golden, "state_changes"), (row) => row.operation_id);
      for (const { operation, receipts } of muxedReceipts(golden, ledger))
        for (const { account, id, event } of receipts) {
          const received = (changes.get(operation) ?? []).filter(
            (row) =>
              row.category === "BALANCE" &&
              (row.reason === "CREDIT" || row.reason === "BURN") &&
              row.account_id === account &&
              row.to_muxed_id === undefined &&
              (event === null || (row.token_id === event.contract && row.amount === event.amount)),
          );
          const row = event === null ? received.at(-1) : received[0];
          if (row === undefined) continue;
          row.to_muxed_id = id;
          touched++;
        }
      return touched;
    },
  },
  {
    number: "GAP-7",
    reason: "whose reserves an operation gives back or passes on takes part in it, as the creator of a claimed balance",
    apply(golden, ledger) {
      let touched = 0;
      const transactions = new Map(
        rows(golden, "transactions")
          .filter(isSuccess)
          .map((tx) => [tx.to_id, tx]),
      );
      for (const op of rows(golden, "operations")) {
        const id = BigInt(op.id as string);
        const tx = transactions.get(String(id & ~4095n));
        if (!tx) continue;
        const sponsors = changedSponsors(changesOf(metaOf(ledger.bytes, Number((id >> 12n) & 0xfffffn) - 1), Number(id & 4095n)));
        let isTouched = false;
        for (const row of [op, tx]) isTouched = setAccounts(row, [...(row.accounts as string[]), ...sponsors]) || isTouched;
        if (isTouched) touched++;
      }
      return touched;
    },
  },
  {
    number: "D35",
    reason: "every contract's events in the shape of SEP-41 have rows, with map bodies of any kind and with ids that are texts or bytes",
    apply(golden, ledger) {
      let touched = 0;
      for (const { op, index } of calls(golden, ledger)) {
        const told = toldIn(ledger, index);
        if (told.length === 0) continue;
        const isOfEvent = (row: GoldenRow): boolean =>
          row.operation_id === op.id && BigInt(row.state_change_id as string) > TOKEN_EVENTS_BASE;
        const theirs = rows(golden, "state_changes").filter(isOfEvent);
        // The witness has to agree with the peer where both read the same; else the peer's rows stay, and fail.
        const same = ledger.name === "synthetic-sep41" ? told.filter((event) => event.isPeers && PEERS_TOKENS.has(event.contract)) : [];
        const expected = numbered(
          op,
          same.flatMap(({ peerRows }) => peerRows),
        );
        if (textOf(theirs) !== textOf(expected)) continue;
        const ours = numbered(
          op,
          told.flatMap((event) => event.rows),
        );
        if (textOf(ours) === textOf(theirs)) continue;
        golden.state_changes = [...rows(golden, "state_changes").filter((row) => !isOfEvent(row)), ...ours];
        touched += ours.length - theirs.length;
      }
      return touched;
    },
  },
  {
    number: "GAP-4",
    reason: "the parties of a contract's token events take part in the transaction and the operation",
    apply(golden, ledger) {
      let touched = 0;
      for (const { tx, op, index } of calls(golden, ledger)) {
        const parties = toldIn(ledger, index).flatMap((event) => event.parties);
        let isTouched = false;
        for (const row of [op, tx]) isTouched = setAccounts(row, [...(row.accounts as string[]), ...parties]) || isTouched;
        if (isTouched) touched++;
      }
      return touched;
    },
  },
];
