/**
 * The functions of every Stellar Asset Contract, which is a part of the protocol and has no code: CAP-46-6, muxed receivers since CAP-67, `trust`
 * since CAP-73. Types as those of `protocol_wasms.functions`.
 */
export const ASSET_FUNCTIONS = [
  "admin() Address",
  "allowance(from Address, spender Address) i128",
  "approve(from Address, spender Address, amount i128, expiration_ledger u32)",
  "authorized(id Address) bool",
  "balance(id Address) i128",
  "burn(from Address, amount i128)",
  "burn_from(spender Address, from Address, amount i128)",
  "clawback(from Address, amount i128)",
  "decimals() u32",
  "mint(to Address, amount i128)",
  "name() String",
  "set_admin(new_admin Address)",
  "set_authorized(id Address, authorize bool)",
  "symbol() String",
  "transfer(from Address, to MuxedAddress, amount i128)",
  "transfer_from(spender Address, from Address, to Address, amount i128)",
  "trust(address Address)",
].map((text) => {
  const [, name, inputs, output] = /^(\w+)\((.*)\) ?(\w*)$/.exec(text)!;
  return {
    name: name!,
    inputs: inputs!.split(", ").flatMap((input) => {
      const [argument, type] = input.split(" ");
      return type === undefined ? [] : [{ name: argument!, type }];
    }),
    outputs: output === "" ? [] : [output!],
  };
});
