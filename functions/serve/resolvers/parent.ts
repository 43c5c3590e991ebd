/** A row that must exist because another one names it; its absence is an internal error, not null (graphql-api 2.6). */
export async function parent<Node>(loading: Promise<Node | undefined>, kind: string, id: string): Promise<Node> {
  const node = await loading;
  if (node === undefined) throw new Error(`${kind} of ${id} is missing`);
  return node;
}
