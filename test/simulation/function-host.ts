/** Loads a function's bundle as Lambda does and passes it events. Started by function-process.ts. */
import { randomUUID } from "node:crypto";

interface LambdaContext {
  awsRequestId: string;
  functionName: string;
  getRemainingTimeInMillis(): number;
}

process.on("uncaughtExceptionMonitor", (error) => process.send!({ uncaught: String(error) }));
const { handler } = (await import(process.argv[2]!)) as { handler: (event: unknown, context: LambdaContext) => Promise<unknown> };
process.on("message", ({ id, event, remaining }: { id: number; event: unknown; remaining: number }) => {
  const until = Date.now() + remaining;
  const context = { awsRequestId: randomUUID(), functionName: "simulation", getRemainingTimeInMillis: () => until - Date.now() };
  handler(event, context).then(
    (result) => process.send!({ id, result }),
    (error: unknown) => process.send!({ id, error: { code: (error as { code?: string }).code ?? null, message: String(error) } }),
  );
});
process.send!({ ready: true });
