import { type DocumentNode, Kind, type SelectionSetNode } from "graphql";

/** Aliased fields in the whole document. */
export function countAliases(document: DocumentNode): number {
  let count = 0;
  const walk = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD && selection.alias !== undefined) count++;
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet !== undefined) walk(selection.selectionSet);
    }
  };
  for (const node of document.definitions) if ("selectionSet" in node && node.selectionSet !== undefined) walk(node.selectionSet);
  return count;
}
