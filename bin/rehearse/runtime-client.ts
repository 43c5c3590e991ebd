/**
 * Lambda's runtime interface client in small, for machines without `aws-lambda-ric`: loads the bundle that the environment
 * names and works off invocations of the Runtime API. Runs in the function's process and imports nothing of the project's.
 */
import { Agent, request } from "node:http";
import { pathToFileURL } from "node:url";

interface ApiAnswer {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

type Handler = (event: unknown, context: object) => Promise<unknown>;

const { env } = process;
const agent = new Agent({ keepAlive: true });

function call(method: "GET" | "POST", path: string, body?: unknown): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const url = `http://${env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/${path}`;
    const sent = request(url, { method, agent, headers: { "content-type": "application/json" } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(chunks).toString() }));
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** As Lambda reports an error of a function. */
function report(error: unknown): object {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

async function load(): Promise<Handler> {
  const [file, name] = (env._HANDLER ?? "").split(".") as [string, string];
  const module = (await import(pathToFileURL(`${env.LAMBDA_TASK_ROOT}/${file}.mjs`).href)) as Record<string, unknown>;
  if (typeof module[name] !== "function") throw new Error(`${env._HANDLER} is undefined or not exported`);
  return module[name] as Handler;
}

function contextOf(id: string, headers: ApiAnswer["headers"]): object {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: id,
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

let handler: Handler;
try {
  handler = await load();
} catch (error) {
  await call("POST", "init/error", report(error));
  process.exit(1);
}
for (;;) {
  const { headers, body } = await call("GET", "invocation/next");
  const id = String(headers["lambda-runtime-aws-request-id"]);
  process.env._X_AMZN_TRACE_ID = String(headers["lambda-runtime-trace-id"]);
  try {
    const answer = await handler(JSON.parse(body), contextOf(id, headers));
    await call("POST", `invocation/${id}/response`, answer ?? null);
  } catch (error) {
    await call("POST", `invocation/${id}/error`, report(error));
  }
}
