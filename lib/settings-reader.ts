import { settingName, type ValueOf, type Variables } from "../functions/shared/variables.ts";

/** Where a setting may stand: CDK's context (`-c name=value`, cdk.json), then the environment (`DEPLOY_NAME`). */
export interface SettingSources {
  context: Readonly<Record<string, unknown>>;
  environment: Readonly<Record<string, string | undefined>>;
}

/** Context keys that belong to CDK itself. */
const CDK_CONTEXT = /^(@aws-cdk|aws:|aws-cdk|cli-|cdk-|tree-|availability-zones:|ami:|ssm:|vpc-provider:|hosted-zone:)/;

/** `rpcUrl` → `DEPLOY_RPC_URL`. */
export function deploymentVariable(setting: string): string {
  return `DEPLOY_${setting.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
}

/** A setting that is missing or wrong; the message says what to set. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

/** Ends synthesis with a sentence that says what to set. */
export function refuse(message: string): never {
  throw new SettingError(message);
}

/** Which values a deployment takes, where it is stricter than the function that gets them. */
export interface Stricter<T> {
  accepts(value: T, text: string): boolean;
  /** What it takes, for people. */
  wanted: string;
}

/** Text that matches a pattern. */
export function textLike(pattern: RegExp, wanted: string): Stricter<string> {
  return { accepts: (text) => pattern.test(text), wanted };
}

/** Reads settings by name and checks each value; a name that nobody reads is refused, since it is misspelt. */
export class SettingsReader {
  readonly #sources: SettingSources;
  readonly #known = new Set<string>();

  constructor(sources: SettingSources) {
    this.#sources = sources;
  }

  /** The setting's text, or null when it is set nowhere. Lists in cdk.json may be JSON arrays. */
  text(name: string): string | null {
    this.#known.add(name);
    const value = this.#sources.context[name] ?? this.#sources.environment[deploymentVariable(name)];
    if (value === undefined || value === null || value === "") return null;
    if (Array.isArray(value)) return value.map(String).join(",");
    if (typeof value === "string") return value.trim();
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return refuse(`${name} is an object. Set it to plain text, a number, true or false.`);
  }

  /**
   * The setting that is a function's variable: `INGEST_TAIL_SECONDS` is called `ingestTailSeconds` here. 0 switches off what can be
   * switched off, as in the variable.
   * @returns undefined when it is set nowhere: the function then takes its own default
   */
  variable<V extends Variables, N extends keyof V & string>(
    variables: V,
    name: N,
    stricter?: Stricter<ValueOf<V[N]>>,
  ): ValueOf<V[N]> | undefined {
    const setting = settingName(name);
    const text = this.text(setting);
    if (text === null) return undefined;
    const { parse, wanted = "text" } = variables[name]!;
    const value = parse(text) as ValueOf<V[N]> | undefined;
    if (value === undefined || stricter?.accepts(value, text) === false)
      refuse(`${setting} is "${text}". Set it to ${stricter?.wanted ?? wanted}.`);
    return value;
  }

  /** Text that matches a pattern. */
  matching(name: string, pattern: RegExp, wanted: string): string | null {
    const value = this.text(name);
    if (value !== null && !pattern.test(value)) refuse(`${name} is "${value}". Set it to ${wanted}.`);
    return value;
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.text(name) ?? fallback;
    const found = allowed.find((each) => each === value);
    return found ?? refuse(`${name} is "${value}". Set it to one of: ${allowed.join(", ")}.`);
  }

  /** A whole number within bounds. */
  number<T extends number | null>(name: string, fallback: T, minimum: number, maximum: number): number | T {
    const text = this.text(name);
    if (text === null) return fallback;
    const value = Number(text);
    if (!Number.isInteger(value) || value < minimum || value > maximum)
      refuse(`${name} is "${text}". Set it to a whole number from ${minimum} to ${maximum}.`);
    return value;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name);
    if (value === null) return fallback;
    if (value !== "true" && value !== "false") refuse(`${name} is "${value}". Set it to true or false.`);
    return value === "true";
  }

  /** Comma-separated values. */
  list(name: string, pattern: RegExp, wanted: string): string[] {
    const values = (this.text(name) ?? "")
      .split(",")
      .map((value) => value.trim())
      .filter((value) => value !== "");
    const wrong = values.find((value) => !pattern.test(value));
    if (wrong !== undefined) refuse(`${name} holds "${wrong}". Set it to ${wanted}, separated by commas.`);
    return values;
  }

  /** @throws Error naming the first setting that nothing has read */
  refuseUnknown(): void {
    const inContext = Object.keys(this.#sources.context).filter((name) => !CDK_CONTEXT.test(name) && !this.#known.has(name));
    if (inContext[0] !== undefined)
      refuse(`The context has "${inContext[0]}", which is no setting. Settings are: ${[...this.#known].sort().join(", ")}.`);
    const names = new Set([...this.#known].map(deploymentVariable));
    const inEnvironment = Object.keys(this.#sources.environment).find((name) => name.startsWith("DEPLOY_") && !names.has(name));
    if (inEnvironment !== undefined) refuse(`The environment has ${inEnvironment}, which is no setting. Unset it, or correct its name.`);
  }
}
