import { parseArgs } from "node:util";
import { WalletError } from "../../functions/shared/errors.ts";
import type { Arguments, Command, Option } from "./command.ts";

/** Options that every command has. `JSON` or `HELP` in the environment belong to something else. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { type: "boolean", help: "print results and errors as JSON", commandLineOnly: true },
  help: { type: "boolean", help: "show this help", commandLineOnly: true },
};

/** `database-url` → `DATABASE_URL`. */
export function environmentName(option: string): string {
  return option.toUpperCase().replaceAll("-", "_");
}

interface Parsed {
  values: Record<string, string | boolean | undefined>;
  positionals: string[];
}

function usage(message: string, name: string): WalletError {
  return new WalletError("USAGE", `${message} Run: wallet ${name} --help`);
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== "" && text !== "false" && text !== "0";
}

/**
 * Reads a command's arguments; the command line wins over the environment, both over the default.
 * @throws WalletError USAGE
 */
export function readArguments(name: string, command: Command, argv: string[], env: NodeJS.ProcessEnv): Arguments & { help: boolean } {
  const options = { ...command.options, ...COMMON };
  const parsed = parse();
  if (parsed.positionals.length > 0 && command.positionals === undefined) {
    throw usage(`"${parsed.positionals[0]}" is not understood.`, name);
  }
  const given = new Map(Object.entries(parsed.values).map(([key, value]) => [key, String(value)]));

  function parse(): Parsed {
    try {
      const types = Object.fromEntries(Object.entries(options).map(([key, { type }]) => [key, { type }]));
      const { values, positionals }: Parsed = parseArgs({ args: argv, options: types, allowPositionals: true, strict: true });
      return { values: { ...values }, positionals };
    } catch (error) {
      throw usage(`${error instanceof Error ? error.message.replace(/\.? To specify .*$/s, "") : String(error)}.`, name);
    }
  }

  function isOfEnvironment(key: string): boolean {
    return options[key]?.commandLineOnly !== true;
  }

  function text(key: string): string | undefined {
    const fromEnvironment = isOfEnvironment(key) ? env[environmentName(key)] : undefined;
    return given.get(key) ?? (fromEnvironment === "" ? undefined : fromEnvironment) ?? options[key]?.default;
  }

  const environment = { ...env };
  for (const [key, value] of given) if (isOfEnvironment(key)) environment[environmentName(key)] = value;
  return {
    text,
    flag: (key) => isSet(text(key)),
    integer(key, least = 0) {
      const value = text(key);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) {
        const names = isOfEnvironment(key) ? `--${key} (${environmentName(key)})` : `--${key}`;
        throw usage(`${names} must be a whole number of at least ${least}, not "${value}".`, name);
      }
      return number;
    },
    positionals: parsed.positionals,
    json: isSet(given.get("json")),
    help: isSet(given.get("help")),
    environment,
  };
}
