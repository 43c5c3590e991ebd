import { hash as digest } from "node:crypto";
import { scAddressAt } from "../../shared/xdr/addresses.ts";
import {
  ContractDataDurability,
  ContractExecutableType,
  LedgerEntryType,
  readContractCodeEntry,
  readContractDataEntry,
  readContractExecutableExternalRef,
  readScContractInstance,
  ScValType,
  skipScAddress,
} from "../../shared/xdr/xdr.generated.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { bytesAt, opaqueAt, type Ledger } from "../ledger/ledger.ts";
import { verdictText } from "./code-verdict.ts";
import type { EntryStates } from "./entry-states.ts";
import type { ExpectedRow } from "./expected-rows.ts";

/** What the ledger says of code, of what contracts run, and of the tags that name code (CAP-85). */
export function codeFacts(ledger: Ledger, states: readonly EntryStates[]): ExpectedRow[] {
  const { x, bytes } = ledger;
  const facts: ExpectedRow[] = [];
  const named = new Map<string, ExpectedRow>();
  const shown = new Map<string, ExpectedRow>();
  for (const { type, changed, written, existed } of states) {
    if (!changed || written === 0) continue;
    const p = written + 2;
    if (type === LedgerEntryType.contractCode) {
      const { hash, code } = readContractCodeEntry(x, p);
      facts.push({ table: "protocol_wasms", key: hexAt(ledger, hash, 8), values: verdictText(opaqueAt(x, bytes, code)) });
    }
    if (type !== LedgerEntryType.contractData) continue;
    const { contract, key, durability, val } = readContractDataEntry(x, p);
    if (durability !== ContractDataDurability.persistent || x[contract] !== 1) continue;
    if (x[key] === ScValType.scvExecutableTag && x[val] === ScValType.scvBytes && x[val + 1] === 32) {
      const tag = tagOf(ledger, contract, key + 1, hexAt(ledger, val + 2, 8));
      shown.set(tag.key, tag);
    }
    if (x[key] !== ScValType.scvLedgerKeyContractInstance || x[val] !== ScValType.scvContractInstance) continue;
    const { executable } = readScContractInstance(x, val + 1);
    const table = "protocol_contracts";
    const address = scAddressAt(x, contract).text;
    if (x[executable] === ContractExecutableType.contractExecutableWasm)
      facts.push({ table, key: address, values: `code ${hexAt(ledger, executable + 1, 8)} ${!existed}` });
    if (x[executable] !== ContractExecutableType.contractExecutableExternalRef) continue;
    const reference = readContractExecutableExternalRef(x, executable + 1);
    const tag = tagOf(ledger, reference.executableOwner, reference.tag, null);
    named.set(tag.key, tag);
    facts.push({ table, key: address, values: `tag ${tag.key} ${!existed}` });
  }
  return [...facts, ...new Map([...named, ...shown]).values()];
}

/** Our rows of the same, in the same words. */
export function addContractCode(rows: LedgerRows, add: (table: string, key: string, op: string, ...values: unknown[]) => void): void {
  for (const r of rows.protocolWasms) add("protocol_wasms", hex(r.wasmHash), "ADD", r.kind, r.protocolId, r.functions);
  for (const r of rows.protocolContracts) {
    const executable = r.wasmHash === null ? ["tag", r.tagKey && hex(r.tagKey)] : ["code", hex(r.wasmHash)];
    add("protocol_contracts", r.contract.text, "ADD", ...executable, r.isCreated);
  }
  for (const r of rows.executableTags)
    add("executable_tags", hex(r.tagKey), "ADD", r.owner.text, hex(r.tag), r.wasmHash === null ? "unseen" : hex(r.wasmHash));
}

/** A tag by its owner's ScAddress and its SCString. */
function tagOf(ledger: Ledger, owner: number, tag: number, wasm: string | null): ExpectedRow {
  const { x, bytes } = ledger;
  const ledgerKey = Buffer.concat([
    Buffer.of(0, 0, 0, LedgerEntryType.contractData),
    bytesAt(bytes, owner, skipScAddress(x, owner) - owner),
    Buffer.of(0, 0, 0, ScValType.scvExecutableTag),
    bytesAt(bytes, tag, 1 + Math.ceil((x[tag]! >>> 0) / 4)),
    Buffer.of(0, 0, 0, ContractDataDurability.persistent),
  ]);
  const values = [scAddressAt(x, owner).text, hex(opaqueAt(x, bytes, tag)), wasm ?? "unseen"];
  return { table: "executable_tags", key: digest("sha256", ledgerKey, "hex"), values: values.join(" ") };
}

function hexAt({ bytes }: Ledger, p: number, words: number): string {
  return hex(bytesAt(bytes, p, words));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
