import { createHash } from "node:crypto";
import * as xdr from "@stellar/stellar-sdk/xdr";
import type { OperationNode } from "../../functions/serve/nodes/operation.ts";
import { decodeStrkey } from "../../functions/shared/strkey.ts";

/*
 * What an operation's details must be, worked out from the JSON that the SDK's decoder makes of XDR (SEP-51): a second reading, which shares
 * nothing with the first but the names of Horizon's fields.
 */

/** JSON of the SDK. A union is its arm's name, or an object with the arm as its only member. */
export type Sep51 = string | number | boolean | null | Sep51[] | { [member: string]: Sep51 };
type Fields = Record<string, Sep51>;
type Details = Record<string, unknown>;

/** The operation as the SDK decodes it. */
export function sdkOperation(bytes: Uint8Array): Sep51 {
  return xdr.Operation.fromXdr(bytes).toJson() as Sep51;
}

/** Its own source as written, or null. */
export function ownSource({ operationBytes }: OperationNode): string | null {
  return fields(sdkOperation(operationBytes)).source_account as string | null;
}

export function fields(value: Sep51 | undefined): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`no object: ${JSON.stringify(value)}`);
  return value;
}

export function list(value: Sep51 | undefined): Sep51[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`);
  return value;
}

export function text(value: Sep51 | undefined): string {
  if (typeof value !== "string") throw new Error(`no text: ${JSON.stringify(value)}`);
  return value;
}

/** The arm of a union and its value. */
export function arm(value: Sep51 | undefined): [name: string, value: Sep51] {
  if (typeof value === "string") return [value, null];
  const entries = Object.entries(fields(value));
  if (entries.length !== 1) throw new Error(`no union: ${JSON.stringify(value)}`);
  return entries[0]!;
}

/** Stroops in whole units. */
export function units(stroops: Sep51 | undefined): string {
  const digits = text(stroops).replace("-", "").padStart(8, "0");
  return `${text(stroops).startsWith("-") ? "-" : ""}${digits.slice(0, -7)}.${digits.slice(-7)}`;
}

/** Payload of a strkey in hex. */
function payloadHex(strkey: Sep51 | undefined): string {
  const bytes = decodeStrkey(text(strkey));
  if (bytes === null) throw new Error(`no strkey: ${JSON.stringify(strkey)}`);
  return Buffer.from(bytes.subarray(1)).toString("hex");
}

/** A claimable balance's `B…` as the hex digits of its XDR: the type has four bytes there, and one in the strkey. */
export function balanceIdHex(strkey: Sep51 | undefined): string {
  return `000000${payloadHex(strkey)}`;
}

/** `name`, and `name_muxed` and `name_muxed_id` of an `M…`. */
export function party(name: string, address: Sep51 | undefined): Details {
  const written = text(address);
  if (written.startsWith("G")) return { [name]: written };
  const bytes = Buffer.from(decodeStrkey(written)!);
  const account = xdr.PublicKey.publicKeyTypeEd25519(bytes.subarray(1, 33)).toJson();
  return { [name]: account, [`${name}_muxed`]: written, [`${name}_muxed_id`]: bytes.readBigUInt64BE(33).toString() };
}

function asset(prefix: string, value: Sep51 | undefined): Details {
  const [type, issued] = arm(value);
  if (type === "native") return { [`${prefix}asset_type`]: "native" };
  const { asset_code, issuer } = fields(issued);
  return { [`${prefix}asset_type`]: type, [`${prefix}asset_code`]: asset_code, [`${prefix}asset_issuer`]: issuer };
}

function canonicalAsset(value: Sep51 | undefined): string {
  const [type, issued] = arm(value);
  return type === "native" ? "native" : `${text(fields(issued).asset_code)}:${text(fields(issued).issuer)}`;
}

function price(name: string, value: Sep51 | undefined): Details {
  const { n, d } = fields(value) as { n: number; d: number };
  const details: Details = { [`${name}_r`]: { n, d } };
  // Long division by hand: fifteen digits more than are shown.
  if (d !== 0) {
    const digits = (BigInt(n) * 10n ** 22n) / BigInt(d);
    const rounded = (digits / 10n ** 14n + 5n) / 10n;
    details[name] = units(rounded.toString());
  }
  return details;
}

function flags(name: string, bits: Sep51 | undefined, names: Record<number, string>): Details {
  const set = Object.entries(names).filter(([bit]) => (Number(bits ?? 0) & Number(bit)) !== 0);
  return set.length === 0 ? {} : { [name]: set.map(([bit]) => Number(bit)), [`${name}_s`]: set.map(([, flag]) => flag) };
}

const ACCOUNT_FLAGS = { 1: "auth_required", 2: "auth_revocable", 4: "auth_immutable", 8: "auth_clawback_enabled" };
const TRUSTLINE_FLAGS = { 1: "authorized", 2: "authorized_to_maintain_liabilites", 4: "clawback_enabled" };

function predicate(value: Sep51 | undefined): unknown {
  const [type, inner] = arm(value);
  switch (type) {
    case "and":
    case "or":
      return { [type]: list(inner).map(predicate) };
    case "not":
      return { not: predicate(inner) };
    case "before_absolute_time":
      return {
        abs_before: new Date(Number(text(inner)) * 1000).toISOString().replace(".000Z", "Z"),
        abs_before_epoch: inner,
      };
    case "before_relative_time":
      return { rel_before: inner };
    default:
      return { unconditional: true };
  }
}

/** The text of a string of SEP-51, which escapes all bytes that are no printable ASCII. */
function unescaped(value: Sep51 | undefined): string {
  return Buffer.from(xdr.XdrString.fromJson(text(value)).bytes).toString();
}

function exactText(value: Sep51 | undefined): unknown {
  const bytes = Buffer.from(xdr.XdrString.fromJson(text(value)).bytes);
  return Buffer.from(bytes.toString()).equals(bytes) ? bytes.toString() : { hex: bytes.toString("hex") };
}

function executable(value: Sep51 | undefined): unknown {
  const [type, inner] = arm(value);
  if (type === "wasm") return { type, wasm_hash: inner };
  if (type === "stellar_asset") return { type };
  return { type: "external_ref", owner: fields(inner).executable_owner, tag: exactText(fields(inner).tag) };
}

/** A contract's value as it is shown. */
export function readableValue(value: Sep51 | undefined): unknown {
  const [type, inner] = arm(value);
  const pairs = (map: Sep51 | undefined): unknown =>
    map === null ? null : list(map).map((entry) => [readableValue(fields(entry).key), readableValue(fields(entry).val)]);
  switch (type) {
    case "void":
      return null;
    case "error": {
      const [kind, code] = arm(inner);
      return { error: kind, code };
    }
    case "string":
    case "symbol":
      return exactText(inner);
    case "executable_tag":
      return { executable_tag: exactText(inner) };
    case "vec":
      return inner === null ? null : list(inner).map(readableValue);
    case "map":
      return pairs(inner);
    case "contract_instance":
      return { executable: executable(fields(inner).executable), storage: pairs(fields(inner).storage) };
    case "ledger_key_contract_instance":
      return { ledger_key: "contract_instance" };
    case "ledger_key_nonce":
      return { nonce: fields(inner).nonce };
    default:
      return inner;
  }
}

/** Horizon's names of the types of values, by those of SEP-51. */
const VALUE_TYPES: Record<string, string> = {
  bool: "B",
  void: "",
  string: "Str",
  symbol: "Sym",
  contract_instance: "Instance",
  ledger_key_contract_instance: "",
  ledger_key_nonce: "NonceKey",
  executable_tag: "ExecutableTag",
};

function parameter(value: xdr.ScVal): unknown {
  const [type] = arm(value.toJson() as Sep51);
  return { type: VALUE_TYPES[type] ?? type[0]!.toUpperCase() + type.slice(1), value: Buffer.from(value.toXdr()).toString("base64") };
}

function hostFunction(bytes: Uint8Array, passphrase: string): Details {
  const { body } = xdr.Operation.fromXdr(bytes);
  if (body.type !== "invokeHostFunction") throw new Error("no host function");
  const { hostFunction: called, auth } = body.value;
  const authorizers = auth.flatMap(({ credentials }) => {
    const [type, inner] = arm(credentials.toJson() as Sep51);
    if (type === "source_account") return [];
    const signer = fields(inner).address_credentials ?? inner;
    return [text(fields(signer).address)];
  });
  const name = called.type[0]!.toUpperCase() + called.type.slice(1);
  const common = {
    function: `HostFunctionType${name}`,
    address: "",
    salt: "",
    authorizers: [...new Set(authorizers)],
  };
  if (called.type === "hostFunctionTypeUploadContractWasm") {
    const wasm = called.value;
    return { ...common, parameters: null, wasm_hash: createHash("sha256").update(wasm).digest("hex"), wasm_size: wasm.length };
  }
  if (called.type === "hostFunctionTypeInvokeContract") {
    const { contractAddress, functionName, args } = called.value;
    const all = [xdr.ScVal.scvAddress(contractAddress), xdr.ScVal.scvSymbol(functionName), ...args];
    return {
      ...common,
      parameters: all.map(parameter),
      contract_id: contractAddress.toJson(),
      function_name: exactText(functionName.toJson()),
      arguments: args.map((value) => readableValue(value.toJson() as Sep51)),
    };
  }
  const [from, preimage] = arm(called.value.contractIdPreimage.toJson() as Sep51);
  const args = called.type === "hostFunctionTypeCreateContractV2" ? called.value.constructorArgs : null;
  return {
    ...common,
    ...(from === "address"
      ? { from, address: fields(preimage).address, salt: BigInt(`0x${text(fields(preimage).salt)}`).toString() }
      : { from, asset: canonicalAsset(preimage) }),
    contract_id: contractId(called.value.contractIdPreimage, passphrase),
    executable: executable(called.value.executable.toJson() as Sep51),
    parameters: args?.map(parameter) ?? null,
    ...(args && { arguments: args.map((value) => readableValue(value.toJson() as Sep51)) }),
  };
}

/** The contract with the preimage, by the hash of CAP-46-2. */
function contractId(preimage: xdr.ContractIdPreimage, passphrase: string): unknown {
  const networkId = createHash("sha256").update(passphrase).digest();
  const hashed = xdr.HashIdPreimage.envelopeTypeContractId(new xdr.HashIdPreimageContractId({ networkId, contractIdPreimage: preimage }));
  return xdr.ScAddress.scAddressTypeContract(xdr.ContractId.fromXdr(createHash("sha256").update(hashed.toXdr()).digest())).toJson();
}

/** SHA-256 of the parameters of a pool, which is its id. */
function poolId(bytes: Uint8Array): string {
  const { body } = xdr.Operation.fromXdr(bytes);
  if (body.type !== "changeTrust" || body.value.line.type !== "assetTypePoolShare") throw new Error("no pool");
  return createHash("sha256").update(body.value.line.value.toXdr()).digest("hex");
}

/** What is in the operation itself; what became of it is not. */
export function bodyDetails({ operationBytes }: OperationNode, source: string, passphrase: string): Details {
  const { body } = fields(sdkOperation(operationBytes));
  const [type, inner] = arm(body);
  const op = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  switch (type) {
    case "create_account":
      return { ...party("funder", source), account: op.destination, starting_balance: units(op.starting_balance) };
    case "payment":
      return { ...party("from", source), ...party("to", op.destination), amount: units(op.amount), ...asset("", op.asset) };
    case "path_payment_strict_receive":
    case "path_payment_strict_send": {
      const both = {
        ...party("from", source),
        ...party("to", op.destination),
        ...asset("", op.dest_asset),
        ...asset("source_", op.send_asset),
        path: list(op.path).map((each) => asset("", each)),
      };
      return type === "path_payment_strict_receive"
        ? { ...both, amount: units(op.dest_amount), source_max: units(op.send_max) }
        : { ...both, source_amount: units(op.send_amount), destination_min: units(op.dest_min) };
    }
    case "manage_sell_offer":
    case "manage_buy_offer":
    case "create_passive_sell_offer":
      return {
        amount: units(op.amount ?? op.buy_amount),
        ...price("price", op.price),
        ...asset("buying_", op.buying),
        ...asset("selling_", op.selling),
        ...(op.offer_id !== undefined && { offer_id: op.offer_id }),
      };
    case "set_options": {
      const given = {
        inflation_dest: op.inflation_dest,
        master_key_weight: op.master_weight,
        low_threshold: op.low_threshold,
        med_threshold: op.med_threshold,
        high_threshold: op.high_threshold,
        home_domain: op.home_domain === null ? null : unescaped(op.home_domain),
        signer_key: op.signer === null ? null : fields(op.signer).key,
        signer_weight: op.signer === null ? null : fields(op.signer).weight,
      };
      return {
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)),
        ...flags("set_flags", op.set_flags, ACCOUNT_FLAGS),
        ...flags("clear_flags", op.clear_flags, ACCOUNT_FLAGS),
      };
    }
    case "change_trust": {
      const isPool = arm(op.line)[0] === "pool_share";
      const line: Details = isPool
        ? { asset_type: "liquidity_pool_shares", liquidity_pool_id: poolId(operationBytes) }
        : asset("", op.line);
      const { asset_issuer: trustee } = line;
      return { ...line, ...(trustee !== undefined && { trustee }), ...party("trustor", source), limit: units(op.limit) };
    }
    case "allow_trust": {
      const { trustee, ...muxed } = party("trustee", source);
      const { asset: code, trustor, authorize } = op;
      return {
        asset_type: text(code).length > 4 ? "credit_alphanum12" : "credit_alphanum4",
        asset_code: code,
        asset_issuer: trustee,
        trustee,
        ...muxed,
        trustor,
        authorize: (Number(authorize) & 1) !== 0,
        authorize_to_maintain_liabilities: (Number(authorize) & 3) !== 0,
      };
    }
    case "account_merge":
      return { ...party("account", source), ...party("into", inner) };
    case "manage_data":
      return {
        name: unescaped(op.data_name),
        value: op.data_value === null ? null : Buffer.from(text(op.data_value), "hex").toString("base64"),
      };
    case "bump_sequence":
      return { bump_to: op.bump_to };
    case "create_claimable_balance":
      return {
        asset: canonicalAsset(op.asset),
        amount: units(op.amount),
        claimants: list(op.claimants).map((each) => {
          const claimant = fields(arm(each)[1]);
          return { destination: claimant.destination, predicate: predicate(claimant.predicate) };
        }),
      };
    case "claim_claimable_balance":
      return { balance_id: balanceIdHex(op.balance_id), ...party("claimant", source) };
    case "begin_sponsoring_future_reserves":
      return { sponsored_id: op.sponsored_id };
    case "revoke_sponsorship":
      return revoked(inner);
    case "clawback":
      return { ...asset("", op.asset), ...party("from", op.from), amount: units(op.amount) };
    case "clawback_claimable_balance":
      return { balance_id: balanceIdHex(op.balance_id) };
    case "set_trust_line_flags":
      return {
        trustor: op.trustor,
        ...asset("", op.asset),
        ...flags("set_flags", op.set_flags, TRUSTLINE_FLAGS),
        ...flags("clear_flags", op.clear_flags, TRUSTLINE_FLAGS),
      };
    case "liquidity_pool_deposit":
      return {
        liquidity_pool_id: payloadHex(op.liquidity_pool_id),
        reserves_max: [{ amount: units(op.max_amount_a) }, { amount: units(op.max_amount_b) }],
        ...price("min_price", op.min_price),
        ...price("max_price", op.max_price),
      };
    case "liquidity_pool_withdraw":
      return {
        liquidity_pool_id: payloadHex(op.liquidity_pool_id),
        reserves_min: [{ amount: units(op.min_amount_a) }, { amount: units(op.min_amount_b) }],
        shares: units(op.amount),
      };
    case "invoke_host_function":
      return hostFunction(operationBytes, passphrase);
    case "extend_footprint_ttl":
      return { extend_to: op.extend_to };
    case "inflation":
    case "end_sponsoring_future_reserves":
    case "restore_footprint":
      return {};
    default:
      throw new Error(`no operation: ${type}`);
  }
}

function revoked(value: Sep51): Details {
  const [what, inner] = arm(value);
  if (what === "signer") return { signer_account_id: fields(inner).account_id, signer_key: fields(inner).signer_key };
  const [entry, key] = arm(inner);
  const { account_id, asset: line, offer_id, data_name, balance_id, liquidity_pool_id } = fields(key);
  switch (entry) {
    case "account":
      return { account_id };
    case "trustline": {
      const [type, pool] = arm(line);
      return type === "pool_share"
        ? { trustline_account_id: account_id, trustline_liquidity_pool_id: payloadHex(pool) }
        : { trustline_account_id: account_id, trustline_asset: canonicalAsset(line) };
    }
    case "offer":
      return { offer_id };
    case "data":
      return { data_account_id: account_id, data_name: unescaped(data_name) };
    case "claimable_balance":
      return { claimable_balance_id: balanceIdHex(balance_id) };
    default:
      return { liquidity_pool_id: payloadHex(liquidity_pool_id) };
  }
}
