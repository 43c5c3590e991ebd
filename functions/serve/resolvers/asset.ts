import type { AssetResolvers } from "./resolver-types.generated.ts";

export const asset: AssetResolvers = {
  holders: ({ code, issuer }, _args, { loaders }) => loaders.records.holders(code, issuer),
};
