import { createHandler, type ServeHandler } from "./handler.ts";
import { powertoolsLog } from "./plugins/powertools-log.ts";
import { createServe } from "./serve.ts";
import { readSettings } from "./settings.ts";
import { schemaDocument } from "./schema/schema.generated.ts";
import { warmUp } from "./warm-up.ts";

const settings = readSettings();
// Descriptions are loaded only where introspection can show them.
const document = settings.introspection ? (await import("./schema/described-schema.generated.ts")).schemaDocument : schemaDocument;
const serve = createServe(settings, document, powertoolsLog(settings.logLevel));
// Lambda's init phase runs at full CPU: connect, prepare and warm the code here.
await warmUp(serve);

/** The Lambda: GraphQL at `/graphql` and `/graphql/query`, health at `/health`. */
export const handler: ServeHandler = createHandler(serve);
