import type { GraphQLResolveInfo } from "graphql";
import { badInput } from "../errors/client-errors.ts";
import { BadScalar } from "../values/scalars.ts";

type Path = readonly (string | number)[];

/** The path of an argument, or of a member of one, of the field that is being resolved. */
export function argumentPath(info: GraphQLResolveInfo, ...inner: Path): Path {
  const path: (string | number)[] = [];
  for (let at: GraphQLResolveInfo["path"] | undefined = info.path; at !== undefined; at = at.prev) path.push(at.key);
  return [...path.reverse(), ...inner];
}

/** Refuses arguments and members of input objects that their scalar could not read, at their path (D2). */
export function checkScalars(args: object, info: GraphQLResolveInfo, inner: readonly string[] = []): void {
  for (const [name, value] of Object.entries(args)) {
    if (value instanceof BadScalar) throw badInput(value.message, argumentPath(info, ...inner, name));
    if (typeof value === "object" && value !== null) checkScalars(value as object, info, [...inner, name]);
  }
}

/** A `UInt32` that `checkScalars` has let through. */
export function uint32(value: number | BadScalar): number {
  if (value instanceof BadScalar) throw badInput(value.message);
  return value;
}

/** An `Int64` that `checkScalars` has let through. */
export function int64(value: string | BadScalar): string {
  if (value instanceof BadScalar) throw badInput(value.message);
  return value;
}
