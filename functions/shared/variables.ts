import { WalletError } from "./errors.ts";

/** The variables of a process, e.g. `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * One environment variable. A variable that is unset or empty has its default.
 * @typeParam T its value
 * @typeParam D its default; undefined where there is none
 * @typeParam R true where every deployment sets it
 */
export interface Variable<T, D extends T | undefined = T | undefined, R extends boolean = boolean> {
  /** Unit of a number. */
  readonly unit?: string;
  readonly default: D;
  /** Every deployment sets it: a template without it is refused. */
  readonly required: R;
  /** What a value must be, for people: `a whole number of at least 1`; absent where any text is a value. */
  readonly wanted?: string;
  /** The value that a text means; undefined when it means none. */
  parse(text: string): T | undefined;
}

/** The record of a function: its variables by their names. */
// oxlint-disable-next-line typescript/no-explicit-any -- any value: `unknown` would refuse records of numbers.
export type Variables = Readonly<Record<string, Variable<any, any>>>;

/** `INGEST_TAIL_SECONDS` → `ingestTailSeconds`: what a variable is called in code and in CDK's context. */
type SettingName<Name> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<SettingName<Tail>>}`
  : Name extends string
    ? Lowercase<Name>
    : never;

/** `INGEST_TAIL_SECONDS` → `ingest-tail-seconds`: what a variable is called on the command line, after two dashes. */
export type OptionName<Name> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}-${OptionName<Tail>}`
  : Name extends string
    ? Lowercase<Name>
    : never;

/** The value of a variable that is set. */
export type ValueOf<V> = V extends Variable<infer T, infer _D, infer _R> ? T : never;

/** The values of a record's variables, by their settings' names. */
export type Settings<V extends Variables> = {
  readonly [Name in keyof V as SettingName<Name>]: V[Name] extends Variable<infer T, infer D, infer _R> ? T | D : never;
};

/** The names of the variables that every deployment sets. */
type RequiredNames<V extends Variables> = { [Name in keyof V]: V[Name]["required"] extends true ? Name : never }[keyof V];

/** What a deployment writes into a function's environment: values by the variables' names; undefined leaves a variable unset. */
export type EnvironmentValues<V extends Variables> = { readonly [Name in RequiredNames<V>]: ValueOf<V[Name]> } & {
  readonly [Name in Exclude<keyof V, RequiredNames<V>>]?: ValueOf<V[Name]> | undefined;
};

const asIs = (text: string): string => text;

/** Any text; without a default there is none. */
export function text<const D extends string | undefined = undefined, R extends boolean = false>(
  options: { default?: D; required?: R } = {},
): Variable<string, D, R> {
  return { ...(options as { default: D; required: R }), parse: asIs };
}

interface Bounds {
  unit: string;
  /** Least value; 0 unless said otherwise. */
  minimum?: number;
  /** Largest value; none unless said otherwise. */
  maximum?: number;
}

/** A whole number within bounds. */
export function wholeNumber<D extends number | null = number, R extends boolean = false>(
  options: Bounds & { default: D; required?: R },
): Variable<number | D, D, R> {
  const { minimum = 0, maximum = Infinity } = options;
  return {
    ...(options as { unit: string; default: D; required: R }),
    wanted: `a whole number ${maximum === Infinity ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`}`,
    parse: (value) => (Number.isInteger(+value) && +value >= minimum && +value <= maximum ? +value : undefined),
  };
}

/** A whole number where 0 switches something off: null in code, `0` in every text (variable, CDK context, command line). */
export function wholeNumberOrOff(options: Bounds & { default: number | null }): Variable<number | null, number | null, false> {
  const number = wholeNumber<number | null>(options);
  return { ...number, parse: (value) => (number.parse(value) === 0 ? null : number.parse(value)) };
}

/** `true` or `false`; false unless said otherwise. */
export function flag(options: { default: boolean } = { default: false }): Variable<boolean, boolean, false> {
  return {
    default: options.default,
    required: false,
    wanted: "true or false",
    parse: (value) => (value === "true" ? true : value === "false" ? false : undefined),
  };
}

/** One of a few words; the first unless said otherwise. */
export function oneOf<const T extends string>(words: readonly [T, ...T[]]): Variable<T, T, false> {
  return { default: words[0], required: false, wanted: words.join(" or "), parse: (value) => words.find((word) => word === value) };
}

/** Texts separated by commas; none by default. */
export function list(): Variable<readonly string[], readonly string[], false> {
  const parse = (value: string): string[] =>
    value
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "");
  return { default: [], required: false, parse };
}

/** `INGEST_TAIL_SECONDS` → `ingestTailSeconds`. */
export function settingName<Name extends string>(variable: Name): SettingName<Name> {
  return variable.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) as SettingName<Name>;
}

/** The text of a value that `parse` reads back. */
export function formatValue(value: string | number | boolean | readonly string[] | null): string {
  return value === null ? "0" : Array.isArray(value) ? value.join(",") : String(value);
}

/**
 * Reads the variables of a record, each with its default where it is unset or empty.
 * @throws WalletError CONFIG_INVALID with a sentence that says what to set
 */
export function readVariables<const V extends Variables>(variables: V, environment: Environment): Settings<V> {
  const settings: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const found = environment[name];
    const value: unknown = found ? variable.parse(found) : variable.default;
    if (found && value === undefined) throw new WalletError("CONFIG_INVALID", `${name} is ${found}. Set it to ${variable.wanted}.`);
    settings[settingName(name)] = value;
  }
  return settings as Settings<V>;
}
