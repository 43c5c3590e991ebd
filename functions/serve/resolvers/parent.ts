/** A row that must exist because another one names it; when it is missing, that is an internal error, not null. */
export async function parent<Node>(loading: Promise<Node | undefined>, kind: string, id: string): Promise<Node> {
  const node = await loading;
  if (node === undefined) throw new Error(`${kind} of ${id} is missing`);
  return node;
}
