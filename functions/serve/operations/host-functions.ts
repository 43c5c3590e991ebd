import { hash as digest } from "node:crypto";
import { scAddressAt } from "../../shared/xdr/addresses.ts";
import { elements, type Words } from "../../shared/xdr/words.ts";
import {
  HostFunctionType,
  readContractIdPreimageFromAddress,
  readCreateContractArgs,
  readCreateContractArgsV2,
  readInvokeContractArgs,
  readInvokeHostFunctionOp,
  readSorobanAuthorizationEntry,
  ScValType,
  skipScVal,
  skipSorobanAuthorizationEntry,
  SorobanCredentialsType,
} from "../../shared/xdr/xdr.generated.ts";
import { assetTextAt } from "./asset.ts";
import type { Details, DetailsReader, Json, OperationBody } from "./body.ts";
import { bytesAt, exactTextAt } from "./primitives.ts";
import { ReadableValues } from "./sc-value.ts";

/** Horizon's names, by HostFunctionType. */
const FUNCTIONS = ["InvokeContract", "CreateContract", "UploadContractWasm", "CreateContractV2"].map(
  (name) => `HostFunctionTypeHostFunctionType${name}`,
);
/** Horizon's names of the types of values, by ScValType: those of the union's arms; `""`: an arm without a value. */
const VALUE_TYPES =
  "B,,Error,U32,I32,U64,I64,Timepoint,Duration,U128,I128,U256,I256,Bytes,Str,Sym,Vec,Map,Address,Instance,,NonceKey,ExecutableTag".split(
    ",",
  );

export const invokeHostFunctionDetails: DetailsReader = (body) => {
  const { x, xdr, at, outcome } = body;
  const { hostFunction, auth } = readInvokeHostFunctionOp(x, at);
  const type = x[hostFunction]!;
  const p = hostFunction + 1;
  // As Horizon has them for every function.
  const details: Details = { function: FUNCTIONS[type]!, parameters: null, address: "", salt: "" };
  if (type === HostFunctionType.hostFunctionTypeInvokeContract) addCall(details, body, p);
  else if (type === HostFunctionType.hostFunctionTypeUploadContractWasm) {
    const wasm = bytesAt(xdr, p);
    details.wasm_hash = digest("sha256", wasm, "hex");
    details.wasm_size = wasm.length;
  } else addCreation(details, body, p, type === HostFunctionType.hostFunctionTypeCreateContractV2);
  // Which assets moved is in the state changes: the history knows them by their contracts alone.
  if (!outcome.changes.some(({ category }) => category === "BALANCE")) details.asset_balance_changes = null;
  details.authorizers = authorizers(x, auth);
  return details;
};

function addCall(details: Details, { x, xdr }: OperationBody, p: number): void {
  const { contractAddress, functionName, args } = readInvokeContractArgs(x, p);
  details.parameters = [
    parameter(ScValType.scvAddress, Buffer.concat([word(ScValType.scvAddress), slice(xdr, contractAddress, functionName)])),
    parameter(ScValType.scvSymbol, Buffer.concat([word(ScValType.scvSymbol), slice(xdr, functionName, args)])),
    ...parameters(x, xdr, args),
  ];
  details.contract_id = scAddressAt(x, contractAddress).text;
  details.function_name = exactTextAt(xdr, functionName);
  addArguments(details, new ReadableValues(x, xdr), args);
}

function addCreation(details: Details, { x, xdr, outcome }: OperationBody, p: number, hasConstructor: boolean): void {
  const { contractIdPreimage, executable } = readCreateContractArgs(x, p);
  // The arms of a ContractIdPreimage: an address and a salt, or an asset.
  if (x[contractIdPreimage] === 0) {
    const { address, salt } = readContractIdPreimageFromAddress(x, contractIdPreimage + 1);
    details.from = "address";
    details.address = scAddressAt(x, address).text;
    details.salt = BigInt(`0x${xdr.toString("hex", salt * 4, salt * 4 + 32)}`).toString();
  } else {
    details.from = "asset";
    details.asset = assetTextAt(x, contractIdPreimage + 1);
  }
  details.contract_id = outcome.contractOf(slice(xdr, contractIdPreimage, executable));
  const values = new ReadableValues(x, xdr);
  details.executable = values.executableAt(executable);
  if (!hasConstructor) return;
  const { constructorArgs } = readCreateContractArgsV2(x, p);
  details.parameters = parameters(x, xdr, constructorArgs);
  addArguments(details, values, constructorArgs);
}

function addArguments(details: Details, values: ReadableValues, args: number): void {
  details.arguments = values.listAt(args);
  if (values.truncated) details.arguments_truncated = true;
}

/** The `ScVal[]` at a word, each as its type and its XDR. */
function parameters(x: Words, xdr: Buffer, p: number): Json[] {
  return elements(x, p, skipScVal).map((at) => parameter(x[at]!, slice(xdr, at, skipScVal(x, at))));
}

function parameter(type: number, value: Buffer): Json {
  return { value: value.toString("base64"), type: VALUE_TYPES[type]! };
}

/** Whose credentials the operation carries, the source's own apart: distinct addresses, in their order. Whether they were used is not said. */
function authorizers(x: Words, auth: number): string[] {
  const addresses = elements(x, auth, skipSorobanAuthorizationEntry).flatMap((p) => {
    const { credentials } = readSorobanAuthorizationEntry(x, p);
    // All other arms begin with an address.
    return x[credentials] === SorobanCredentialsType.sorobanCredentialsSourceAccount ? [] : [scAddressAt(x, credentials + 1).text];
  });
  return [...new Set(addresses)];
}

/** The bytes of the words from one offset to another. */
function slice(xdr: Buffer, from: number, to: number): Buffer {
  return xdr.subarray(from * 4, to * 4);
}

function word(value: number): Buffer {
  return Buffer.of(0, 0, 0, value);
}
