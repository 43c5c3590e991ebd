/** One option of a command: `--database-url` on the command line, `DATABASE_URL` in the environment unless it is `commandLineOnly`. */
export interface Option {
  type: "string" | "boolean";
  help: string;
  /** What the value stands for in the help, e.g. `DIR`. */
  value?: string;
  /** For the help; commands get undefined and apply it themselves, unless the value is a plain string. */
  default?: string;
  /** The environment does not set it: its name there is too common. */
  commandLineOnly?: boolean;
}

/** What a command is given: options by their name on the command line, without the dashes. */
export interface Arguments {
  /** The option's text; undefined when neither the command line nor the environment sets it and there is no default. */
  text(name: string): string | undefined;
  flag(name: string): boolean;
  /** @throws WalletError USAGE when it is no whole number of at least `least` */
  integer(name: string, least?: number): number | undefined;
  /** What stands on the command line besides options. */
  positionals: string[];
  /** Print results as JSON for programs. */
  json: boolean;
  /** The environment with the command line's options laid over it, for code that reads configuration by its environment names. */
  environment: NodeJS.ProcessEnv;
}

/** A command of the command line; one file each in `bin/commands`. */
export interface Command {
  summary: string;
  /** More lines for `--help`. */
  description?: string;
  options: Readonly<Record<string, Option>>;
  /** E.g. `FILE...`; absent: no positionals. */
  positionals?: string;
  /** @returns the exit code @throws WalletError */
  run(args: Arguments): Promise<number>;
}

/** Exit codes of every command. */
export const ExitCode = {
  success: 0,
  /** An error with a code was printed. */
  failure: 1,
  /** Unknown command or option, or a bad value. */
  usage: 2,
} as const;
