import { COMMON, environmentName } from "./arguments.ts";
import type { Command, Option } from "./command.ts";

const EXIT_CODES = `Exit codes: 0 done, 1 an error with a code was printed (docs/operations/errors.md), 2 wrong usage.`;

/** The help of one command. */
export function commandHelp(name: string, command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON });
  const form = (key: string, { type, value = "VALUE" }: Option): string => `  --${key}${type === "string" ? ` ${value}` : ""}`;
  const width = Math.max(...options.map(([key, option]) => form(key, option).length));
  const lines = options.map(([key, option]) => {
    const fallback = option.default === undefined ? "" : ` (default: ${option.default})`;
    const environment = option.commandLineOnly ? "" : ` [${environmentName(key)}]`;
    return `${form(key, option).padEnd(width)}  ${option.help}${fallback}${environment}`;
  });
  const positionals = command.positionals === undefined ? "" : ` ${command.positionals}`;
  const description = command.description === undefined ? "" : `\n${command.description}\n`;
  return `wallet ${name}: ${command.summary}\n${description}\nUsage: wallet ${name}${positionals} [options]\n\nOptions [environment variable of the same meaning]:\n${lines.join("\n")}\n\n${EXIT_CODES}\n`;
}

/** The help of the command line itself. @param summaries by command name */
export function overview(summaries: Readonly<Record<string, string>>): string {
  const lines = Object.entries(summaries).map(([name, summary]) => `  ${name.padEnd(10)} ${summary}`);
  return `The Stellar wallet backend.\n\nUsage: wallet COMMAND [options]\n\nCommands:\n${lines.join("\n")}\n\nwallet COMMAND --help shows a command's options. ${EXIT_CODES}\n`;
}
