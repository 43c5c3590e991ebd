import { createHandler, type ServeHandler } from "./handler.ts";
import { powertoolsLog } from "./observe/powertools-log.ts";
import { createServe } from "./serve.ts";
import { readSettings } from "./settings.ts";
import { schemaDocument } from "./schema/schema.generated.ts";
import { warmUp } from "./warm-up.ts";

const settings = await readSettings(process.env);
const log = powertoolsLog(settings.logLevel);
if (settings.clientAuthPublicKeys.length === 0) log.warn("authentication is off: CLIENT_AUTH_PUBLIC_KEYS names no key", {});
const serve = createServe(settings, schemaDocument, log);
// Lambda's init phase runs at full CPU: connect, prepare and warm the code here.
await warmUp(serve);

/** The Lambda: GraphQL at `/graphql/query` and `/graphql`, health at `/health`. */
export const handler: ServeHandler = createHandler(serve);
