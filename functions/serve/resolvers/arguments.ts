import type { GraphQLResolveInfo } from "graphql";
import { badInput } from "../errors.ts";
import { BadScalar } from "../values/scalars.ts";

/** The path of the field that is being resolved. */
export function pathOf(info: GraphQLResolveInfo): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at: GraphQLResolveInfo["path"] | undefined = info.path; at !== undefined; at = at.prev) path.push(at.key);
  return path.reverse();
}

/** Refuses arguments that their scalar could not read, at the argument's path (D2). */
export function checkScalars(args: Readonly<Record<string, unknown>>, info: GraphQLResolveInfo): void {
  for (const name in args) {
    const value = args[name];
    if (value instanceof BadScalar) throw badInput(value.message, [...pathOf(info), name]);
  }
}

/** An `Int64` that `checkScalars` has let through. */
export function int64(value: string | BadScalar): string {
  if (value instanceof BadScalar) throw badInput(value.message);
  return value;
}
