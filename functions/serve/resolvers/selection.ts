import { type FragmentDefinitionNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";

/** Does the selection below this field reach the path, through fragments too? Used to send statements ahead. */
export function selects(info: GraphQLResolveInfo, path: readonly string[]): boolean {
  return info.fieldNodes.some((field) => field.selectionSet !== undefined && reaches(field.selectionSet, path, 0, info.fragments));
}

function reaches(
  set: SelectionSetNode,
  path: readonly string[],
  at: number,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): boolean {
  return set.selections.some((selection) => {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== path[at]) return false;
      return at === path.length - 1 || (selection.selectionSet !== undefined && reaches(selection.selectionSet, path, at + 1, fragments));
    }
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments[selection.name.value]?.selectionSet;
    return inner !== undefined && reaches(inner, path, at, fragments);
  });
}
