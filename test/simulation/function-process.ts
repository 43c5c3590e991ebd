import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { BUNDLE_OPTIONS } from "../../tools/bundle-function.ts";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Bundles a function as it is deployed.
 * @param newestSchema the newest migration that the bundle shall believe in; null: as it is
 */
export async function bundle(name: "ingest" | "serve", outfile: string, newestSchema: number | null = null): Promise<string> {
  const marker = /NEWEST_SCHEMA = \d+/;
  let replaced = newestSchema === null;
  await build({
    ...BUNDLE_OPTIONS,
    entryPoints: [file(`../../functions/${name}/index.ts`)],
    outfile,
    plugins: [
      {
        name: "another version",
        setup(build) {
          if (newestSchema === null) return;
          build.onLoad({ filter: /shared\/database\/schema-version\.ts$/ }, ({ path }) => {
            const text = readFileSync(path, "utf8");
            if (!marker.test(text)) throw new Error(`${path} names no newest schema`);
            replaced = true;
            return { contents: text.replace(marker, `NEWEST_SCHEMA = ${newestSchema}`), loader: "ts" };
          });
        },
      },
    ],
  });
  if (!replaced) throw new Error("the bundle has no shared/database/schema-version.ts");
  return outfile;
}

interface Reply {
  ready?: true;
  connects?: string;
  uncaught?: string;
  id?: number;
  result?: unknown;
  error?: { code: string | null; message: string };
}

/** What an event came to. `lost`: the process died over it. */
export type Outcome<T> = { result: T } | { error: { code: string | null; message: string } } | { lost: true };

/** A bundled function in a process of its own. */
export class FunctionProcess {
  /** Where it has connected to: `host:port`, once each. */
  readonly connections = new Set<string>();
  /** Uncaught exceptions and unhandled rejections. */
  readonly uncaught: string[] = [];
  readonly #child: ChildProcess;
  readonly #ready: Promise<unknown>;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #output = "";
  #next = 0;

  private constructor(bundle: string, environment: Record<string, string>) {
    this.#child = fork(file("function-host.ts"), [bundle], {
      env: { PATH: process.env.PATH, ...environment },
      execArgv: ["--import", file("record-sockets.ts")],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.on("data", (chunk: Buffer) => (this.#output = `${this.#output}${chunk.toString()}`.slice(-4000)));
    this.#ready = new Promise((ready, failed) => {
      this.#child.once("exit", () => failed(new Error(`the function did not start: ${this.#output}`)));
      this.#child.on("message", (reply: Reply) => {
        if (reply.ready) ready(null);
        if (reply.connects) this.connections.add(reply.connects);
        if (reply.uncaught) this.uncaught.push(reply.uncaught);
        if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply);
      });
    });
  }

  /** Starts it and waits until it can take events. */
  static async start(bundle: string, environment: Record<string, string>): Promise<FunctionProcess> {
    const started = new FunctionProcess(bundle, environment);
    await started.#ready;
    return started;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @param remaining what Lambda says is left, milliseconds */
  async call<T>(event: unknown = {}, remaining = 60_000): Promise<Outcome<T>> {
    const id = this.#next++;
    const reply = new Promise<Outcome<T>>((resolve) => {
      this.#waiting.set(id, ({ result, error }) => resolve(error ? { error } : { result: result as T }));
      this.#child.once("exit", () => resolve({ lost: true }));
    });
    if (this.running) this.#child.send({ id, event, remaining });
    else return { lost: true };
    return reply;
  }

  /** SIGKILL: no `finally` runs. SIGSTOP and SIGCONT: frozen as Lambda freezes a sandbox, and thawed. */
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  async end(): Promise<void> {
    if (!this.running) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
