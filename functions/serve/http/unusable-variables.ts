/** Deepest variable; the schema's deepest input is a list in an object. */
const MAX_DEPTH = 16;

/**
 * Why variables cannot be of any use, whatever the operation: values that nest deeper than code which walks them can go, or an object
 * with a member that stands for one that every object has (`{"toString": 1}`), so that making a text of it throws. The names of
 * variables themselves are free, but for the one that no object can hold.
 * @returns a message for the client; null when nothing is wrong
 */
export function unusableVariables(variables: Readonly<Record<string, unknown>>): string | null {
  if (Object.hasOwn(variables, "__proto__")) return "no variable can have the name __proto__";
  // By levels and not by calls: the depth is the client's.
  let level = objectsAmong(Object.values(variables));
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return `variables are nested deeper than ${MAX_DEPTH} levels`;
    for (const value of level)
      if (!Array.isArray(value))
        for (const name of Object.keys(value))
          if (name in Object.prototype) return `a variable has a member with the name ${name}, which no input has`;
    level = level.flatMap((value) => objectsAmong(Object.values(value) as unknown[]));
  }
  return null;
}

function objectsAmong(values: readonly unknown[]): object[] {
  return values.filter((value) => typeof value === "object" && value !== null);
}
