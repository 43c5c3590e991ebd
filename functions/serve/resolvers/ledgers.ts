import type { LedgersResolvers } from "./resolver-types.generated.ts";

/** The ledgers that are here. */
export const ledgers: LedgersResolvers = {
  latest: (_root, _args, { loaders }) => loaders.ledgers.atEnd("latest"),
  oldest: (_root, _args, { loaders }) => loaders.ledgers.atEnd("oldest"),
  gaps: (_root, _args, { loaders }) => loaders.ledgers.gaps(),
};
