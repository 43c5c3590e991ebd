import { WalletError } from "../../functions/shared/errors.ts";
import { readArguments } from "./arguments.ts";
import { ExitCode, type Command } from "./command.ts";
import { fileProblem } from "./file-problem.ts";
import { commandHelp, overview } from "./help.ts";

/** A command that is loaded when it is called. */
export interface Entry {
  summary: string;
  load(): Promise<Command>;
}

/** A file or folder that cannot be used is no defect of the program. */
function asKnownError(error: unknown): unknown {
  const problem = fileProblem(error);
  return problem === null ? error : new WalletError("FILE_UNUSABLE", problem, {}, { cause: error });
}

/** Prints an error: code, what happened and what to do. */
export function printError(thrown: unknown, json: boolean): void {
  const error = asKnownError(thrown);
  const known = error instanceof WalletError;
  const code = known ? error.code : "UNEXPECTED";
  const message = error instanceof Error ? error.message : String(error);
  if (json) {
    process.stderr.write(`${JSON.stringify({ error: { code, message, details: known ? error.details : {} } })}\n`);
    return;
  }
  process.stderr.write(`${code}: ${message}\n`);
  if (!known && error instanceof Error && error.stack)
    process.stderr.write(`${error.stack}\nThis is a defect of the program: please report it with these lines.\n`);
}

/**
 * Runs the command line.
 * @param argv without node and script
 * @returns the exit code
 */
export async function run(entries: Readonly<Record<string, Entry>>, argv: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [name = "--help", ...rest] = argv;
  if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview(Object.fromEntries(Object.entries(entries).map(([key, { summary }]) => [key, summary]))));
    return argv.length === 0 ? ExitCode.usage : ExitCode.success;
  }
  try {
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    if (!entry) throw new WalletError("USAGE", `There is no command "${name}". Run: wallet --help`);
    const command = await entry.load();
    const args = readArguments(name, command, rest, env);
    if (args.help) {
      process.stdout.write(commandHelp(name, command));
      return ExitCode.success;
    }
    return await command.run(args);
  } catch (error) {
    printError(error, rest.includes("--json"));
    return error instanceof WalletError && error.code === "USAGE" ? ExitCode.usage : ExitCode.failure;
  }
}
