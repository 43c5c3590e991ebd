import { byteaText } from "../../shared/columns/bytea.ts";
import { decodeStrkey } from "../../shared/strkey.ts";
import { badInput } from "../errors/client-errors.ts";
import { accountOf } from "../values/addresses.ts";
import { isNftId } from "../values/nft-ids.ts";
import { cursorNanos, timeOfCursor } from "../values/time.ts";

/** Cursor texts are those of the reference implementation, so that saved cursors keep working. */
export function encodeCursor(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}

function decodeBase64(cursor: string): string {
  if (cursor.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(cursor)) {
    const at = cursor.search(/[^A-Za-z0-9+/]/);
    throw badInput(`decoding cursor string ${cursor}: illegal base64 data at input byte ${at < 0 ? cursor.length : at}`);
  }
  return Buffer.from(cursor, "base64").toString("utf8");
}

function int64(text: string, what: string): bigint {
  const value = /^[+-]?[0-9]{1,30}$/.test(text) ? BigInt(text.replace("+", "")) : null;
  if (value === null) throw badInput(`${what}: parsing "${text}": invalid syntax`);
  if (value !== BigInt.asIntN(64, value)) throw badInput(`${what}: parsing "${text}": value out of range`);
  return value;
}

/** Place in an account's transactions or operations. */
export interface HistoryCursor {
  /** Close time, text for timestamptz. */
  time: string;
  id: string;
}

/** `<closeTimeNanos>:<id>` */
export function decodeHistoryCursor(cursor: string): HistoryCursor {
  const text = decodeBase64(cursor);
  const parts = text.split(":");
  if (parts.length !== 2) throw badInput(`invalid cursor format: ${cursor} (expected format: ledger_created_at_nano:id)`);
  const nanos = int64(parts[0]!, "parsing ledger_created_at");
  return { time: timeOfCursor(nanos), id: int64(parts[1]!, "parsing id").toString() };
}

/** The cursor of a transaction or operation. @param time close time as the database writes it */
export function historyCursor(time: string, id: string): string {
  return encodeCursor(`${cursorNanos(time)}:${id}`);
}

/** Place among state changes. */
export interface StateChangeCursor {
  time: string;
  toId: string;
  operationId: string;
  stateChangeId: string;
}

/** `<closeTimeNanos>:<to_id>:<operation_id>:<state_change_id>` */
export function decodeStateChangeCursor(cursor: string): StateChangeCursor {
  const text = decodeBase64(cursor);
  const parts = text.split(":");
  if (parts.length !== 4) {
    throw badInput(`invalid cursor format: ${cursor} (expected format: ledger_created_at_nano:to_id:operation_id:state_change_id)`);
  }
  return {
    time: timeOfCursor(int64(parts[0]!, "parsing ledger_created_at")),
    toId: int64(parts[1]!, "parsing to_id").toString(),
    operationId: int64(parts[2]!, "parsing operation_id").toString(),
    stateChangeId: int64(parts[3]!, "parsing state_change_id").toString(),
  };
}

/** The cursor of a state change. @param time close time as the database writes it */
export function stateChangeCursor(time: string, toId: string, operationId: string, stateChangeId: string): string {
  return encodeCursor(`${cursorNanos(time)}:${toId}:${operationId}:${stateChangeId}`);
}

/** `<operation id>` */
export function decodeIdCursor(cursor: string): string {
  const text = decodeBase64(cursor);
  return int64(text, `parsing cursor ${text}`).toString();
}

/** Where balances come from, in the order in which they are listed. */
export const BALANCE_SOURCES = ["native", "classic", "sac", "sep41", "lp"] as const;
export type BalanceSource = (typeof BALANCE_SOURCES)[number];

/** Place among balances. */
export interface BalanceCursor {
  source: BalanceSource;
  key: string;
}

/** The order of balances: their source, then their key. */
export function comparePlaces(a: BalanceCursor, b: BalanceCursor): number {
  return BALANCE_SOURCES.indexOf(a.source) - BALANCE_SOURCES.indexOf(b.source) || (a.key < b.key ? -1 : Number(a.key > b.key));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const POOL = /^[0-9a-f]{64}$/;

/** `v1:<source>:<key>`; `sources` are those of the account's kind. */
export function decodeBalanceCursor(sources: readonly BalanceSource[]): (cursor: string) => BalanceCursor {
  return (cursor) => {
    const parts = decodeBase64(cursor).split(":");
    if (parts.length !== 3) throw badInput("invalid balance cursor");
    if (parts[0] !== "v1") throw badInput("invalid balance cursor version");
    const source = sources.find((name) => name === parts[1]);
    if (source === undefined) throw badInput("invalid balance cursor source");
    const key = source === "native" ? parts[2]! : parts[2]!.toLowerCase();
    const valid = source === "native" ? key === "native" : source === "lp" ? POOL.test(key) : UUID.test(key);
    if (!valid) throw badInput("invalid balance cursor id");
    return { source, key };
  };
}

/** `v1:<name in hex>`, as the text of the name's column. */
export function decodeDataCursor(cursor: string): string {
  const name = /^v1:((?:[0-9a-f]{2}){1,64})$/.exec(decodeBase64(cursor))?.[1];
  if (name === undefined) throw badInput("invalid data entry cursor");
  return byteaText(Buffer.from(name, "hex"));
}

/** `v1:<account>`, as the text of an account's column. */
export function decodeAccountCursor(cursor: string): string {
  const account = accountOf(/^v1:(G.*)$/.exec(decodeBase64(cursor))?.[1] ?? "");
  if (account === null) throw badInput("invalid account cursor");
  return account.column;
}

/** `v1:<offer id>`, as the text of the id. */
export function decodeOfferCursor(cursor: string): string {
  const id = /^v1:([0-9]{1,19})$/.exec(decodeBase64(cursor))?.[1];
  if (id === undefined) throw badInput("invalid offer cursor");
  return int64(id, "parsing offer id").toString();
}

/** Place among NFTs. */
export interface NftCursor {
  /** The contract's id in `contract_tokens`. */
  contract: string;
  /** Decimal digits. */
  tokenId: string;
}

/** `v1:<contract uuid>:<token id>` */
export function decodeNftCursor(cursor: string): NftCursor {
  const [version, contract, tokenId, ...more] = decodeBase64(cursor).split(":");
  if (version !== "v1" || contract === undefined || tokenId === undefined || more.length > 0) throw badInput("invalid NFT cursor");
  if (!UUID.test(contract) || !isNftId(tokenId)) throw badInput("invalid NFT cursor");
  return { contract, tokenId };
}

/** Place among allowances. */
export interface AllowanceCursor {
  /** The text of the column of the spender, or of the owner among a spender's. */
  other: string;
  contract: string;
}

/** `v1:<strkey of the other>:<contract uuid>` */
export function decodeAllowanceCursor(other: "spender" | "owner"): (cursor: string) => AllowanceCursor {
  return (cursor) => {
    const parts = decodeBase64(cursor).split(":");
    if (parts.length !== 3) throw badInput("invalid allowance cursor");
    if (parts[0] !== "v1") throw badInput("invalid allowance cursor version");
    const address = parts[1] === "" ? null : decodeStrkey(parts[1]!);
    if (address === null) throw badInput(`invalid allowance cursor ${other}`);
    const contract = parts[2]!.toLowerCase();
    if (!UUID.test(contract)) throw badInput("invalid allowance cursor contract id");
    return { other: byteaText(address), contract };
  };
}

/** Place among an account's claimable balances. */
export interface ClaimableCursor {
  /** `claimable_balances.since_ledger`. */
  ledger: number;
  /** The `balance_id` column's text form. */
  id: string;
}

/** `v1:<ledger>:<balance id strkey>` */
export function decodeClaimableCursor(cursor: string): ClaimableCursor {
  const parts = decodeBase64(cursor).split(":");
  const id = parts.length === 3 && parts[0] === "v1" && parts[2] !== "" ? decodeStrkey(parts[2]!) : null;
  if (id === null) throw badInput("invalid claimable balance cursor");
  const ledger = int64(parts[1]!, "parsing ledger");
  if (ledger < 0n || ledger > 0x7fffffffn) throw badInput("invalid claimable balance cursor");
  return { ledger: Number(ledger), id: byteaText(id) };
}

/** The cursor of a claimable balance. @param id `B…` */
export function claimableCursor(ledger: number, id: string): string {
  return encodeCursor(`v1:${ledger}:${id}`);
}

/** Place among a token's holders: `v1:<strkey>`, as the text of the holder's column. */
export function decodeHolderCursor(cursor: string): string {
  const account = accountOf(/^v1:([GC].*)$/.exec(decodeBase64(cursor))?.[1] ?? "");
  if (account === null) throw badInput("invalid holder cursor");
  return account.column;
}

/** Place among the tokens that were found. */
export interface TokenPlace {
  /** What it was found by, without capitals A to Z. */
  key: string;
  /** The asset's issuer, or the contract; empty: XLM. */
  tie: string;
  /** The asset's code; else empty. */
  code: string;
}

/** `v1:<hex digits of key, tie and code as a JSON list in UTF-8>` */
export function tokenCursor({ key, tie, code }: TokenPlace): string {
  return encodeCursor(`v1:${Buffer.from(JSON.stringify([key, tie, code])).toString("hex")}`);
}

export function decodeTokenCursor(cursor: string): TokenPlace {
  const hex = /^v1:((?:[0-9a-f]{2})+)$/.exec(decodeBase64(cursor))?.[1];
  const [key, tie, code] = hex === undefined ? [] : textsOf(Buffer.from(hex, "hex").toString("utf8"));
  if (key === undefined || tie === undefined || code === undefined) throw badInput("invalid token cursor");
  return { key, tie, code };
}

/** The texts of a JSON list of texts that a database can hold; none of anything else. */
function textsOf(json: string): string[] {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((text) => typeof text === "string" && text.isWellFormed() && !text.includes("\0")) ? list : [];
  } catch {
    return [];
  }
}

/** The order of found tokens, as far as one page of a single token needs it. */
export function compareTokens(a: TokenPlace, b: TokenPlace): number {
  const [left, right] = [tokenCursor(a), tokenCursor(b)];
  return left < right ? -1 : Number(left > right);
}
