import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { WalletError } from "../../functions/shared/errors.ts";
import { lambdaHeap } from "../runtime/lambda-heap.ts";
import type { DescribedFunction } from "./cloud-assembly.ts";
import { openConnections } from "./connections.ts";
import { type EnvironmentParts, lambdaEnvironment } from "./lambda-environment.ts";
import { ACCOUNT, REGION } from "./resolve-value.ts";
import { type Outcome, RuntimeApi } from "./runtime-api.ts";
import { createTaskRoot, type TaskRoot } from "./task-root.ts";

type ExecutionEnvironmentParts = Omit<EnvironmentParts, "taskRoot" | "runtimeApi">;

/** An invocation that ended. */
interface Invoked {
  outcome: Outcome;
  /** Milliseconds from handing out the event to the answer. */
  duration: number;
}

/** Lambda gives init so long, milliseconds. */
const INIT_TIMEOUT_MS = 10_000;
const KEPT_LOG_LINES = 2_000;

/**
 * AWS's own runtime client where somebody has installed it (its main module is its program since version 4); null: ours must do. It is
 * no dependency, since it compiles C++ when it is installed.
 */
function lambdaRic(): string | null {
  try {
    return fileURLToPath(import.meta.resolve("aws-lambda-ric"));
  } catch {
    return null;
  }
}

/** One fresh process with a function's bundle, as Lambda makes one for a cold start; warm until it is stopped. */
export class ExecutionEnvironment {
  readonly described: DescribedFunction;
  /** Milliseconds from starting the process to its asking for work. */
  initMs = 0;
  /** Lines of standard output and error. */
  readonly log: string[] = [];
  /** Where the code connected to, each once. */
  readonly connections = new Set<string>();
  /** Host and port of the Runtime API, which every function connects to. */
  readonly runtimeApi: string;
  /** What loads the bundle and speaks with the Runtime API. */
  readonly clientName = lambdaRic() === null ? "our own" : "aws-lambda-ric";
  /** The task root cannot be written. */
  readonly isReadOnly: boolean;
  readonly #api: RuntimeApi;
  readonly #task: TaskRoot;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  private constructor(described: DescribedFunction, api: RuntimeApi, runtimeApi: string, task: TaskRoot, child: ChildProcess) {
    this.described = described;
    this.runtimeApi = runtimeApi;
    this.isReadOnly = task.user !== undefined || process.getuid?.() !== 0;
    this.#api = api;
    this.#task = task;
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once("exit", () => resolve()));
    const [, output, errors, ,] = child.stdio;
    for (const stream of [output, errors]) readLines(stream as Readable, (line) => this.#keep(line));
    readLines(child.stdio[3] as Readable, (target) => this.connections.add(target));
  }

  /** Starts the process and waits for the end of init. @throws WalletError REHEARSAL_FAILED with the function's last lines */
  static async start(described: DescribedFunction, parts: ExecutionEnvironmentParts): Promise<ExecutionEnvironment> {
    const api = new RuntimeApi(`arn:aws:lambda:${REGION}:${ACCOUNT}:function:${described.stack}-${described.name}`);
    const runtimeApi = await api.listen();
    const task = createTaskRoot(described.asset);
    const started = performance.now();
    const child = spawn(process.execPath, nodeArguments(described, task), {
      cwd: task.directory,
      env: lambdaEnvironment(described, { ...parts, taskRoot: task.directory, runtimeApi }),
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      ...task.user,
    });
    const environment = new ExecutionEnvironment(described, api, runtimeApi, task, child);
    try {
      const failed = await Promise.race([api.initialised, environment.#died(), after(INIT_TIMEOUT_MS, "init took longer than 10 seconds")]);
      if (failed) throw environment.failure(`could not start: ${describe(failed)}`);
    } catch (error) {
      await environment.stop();
      throw error;
    }
    environment.initMs = performance.now() - started;
    return environment;
  }

  /** One invocation; past the function's limit the process is killed, as Lambda does. */
  async invoke(event: unknown): Promise<Invoked> {
    const limit = this.described.timeoutSeconds * 1000;
    const started = performance.now();
    const outcome = await Promise.race([
      this.#api.invoke(event, limit),
      this.#died(),
      after(limit, `Task timed out after ${this.described.timeoutSeconds} seconds`),
    ]);
    const duration = performance.now() - started;
    // What native code might have opened behind the recorder's back.
    for (const target of openConnections(this.#child.pid!)) this.connections.add(target);
    if ("error" in outcome && outcome.error.errorType === TIMED_OUT) this.#child.kill("SIGKILL");
    return { outcome, duration };
  }

  /** The answer of an invocation that must succeed. @throws WalletError REHEARSAL_FAILED */
  async call(event: unknown): Promise<{ answer: unknown; duration: number }> {
    const { outcome, duration } = await this.invoke(event);
    if ("error" in outcome) throw this.failure(`failed: ${describe(outcome)}`);
    return { answer: outcome.answer, duration };
  }

  /** The most memory that the process has held so far, MB; null where the system does not tell. */
  peakMemory(): number | null {
    try {
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"))?.[1];
      return kilobytes === undefined ? null : Number(kilobytes) / 1024;
    } catch {
      return null;
    }
  }

  failure(what: string): WalletError {
    const lines = this.log.slice(-15).join("\n");
    return new WalletError(
      "REHEARSAL_FAILED",
      `The ${this.described.name} function ${what}${lines === "" ? "" : `\nIts last lines:\n${lines}`}`,
      {
        function: this.described.name,
      },
    );
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.#exited;
    await this.#api.close();
    this.#task.remove();
  }

  #keep(line: string): void {
    this.log.push(line);
    if (this.log.length > KEPT_LOG_LINES) this.log.shift();
  }

  async #died(): Promise<Outcome> {
    await this.#exited;
    const { exitCode, signalCode } = this.#child;
    return { error: { errorType: "Runtime.ExitError", errorMessage: `the process ended by ${signalCode ?? `itself with ${exitCode}`}` } };
  }
}

const TIMED_OUT = "Sandbox.Timedout";

async function after(milliseconds: number, errorMessage: string): Promise<Outcome> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
  return { error: { errorType: TIMED_OUT, errorMessage } };
}

function nodeArguments({ memory, handler }: DescribedFunction, task: TaskRoot): string[] {
  return [...lambdaHeap(memory), "--disable-warning=ExperimentalWarning", "--import", task.recorder, lambdaRic() ?? task.client, handler];
}

export function describe(outcome: Outcome): string {
  return "error" in outcome ? `${outcome.error.errorType}: ${outcome.error.errorMessage}` : JSON.stringify(outcome.answer);
}

function readLines(stream: Readable, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  });
}
