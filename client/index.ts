/** Client of the wallet backend's API: `import { WalletClient } from "stellar-wallet-serverless/client"`. Needs fetch and WebCrypto alone. */
export { ArgumentError, GraphqlError, HttpError, NotFoundError, type GraphqlErrorEntry } from "./errors.ts";
export { walk } from "./pagination.ts";
export { createSigner, type Signer } from "./signer.ts";
export type * from "./types.ts";
export { WalletClient, type ClientOptions } from "./wallet-client.ts";
