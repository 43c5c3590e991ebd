/** What a batcher may be asked for. */
interface BatchKey {
  /** Equal ids are one key. */
  readonly id: string;
}

/**
 * Collects keys until the end of the tick, when all siblings of a list have been resolved, and loads them at once; equal
 * keys once.
 */
export class Batcher<Key extends BatchKey, Value> {
  readonly #load: (keys: Key[]) => Promise<ReadonlyMap<string, Value>>;
  #keys: Map<string, Key> = new Map();
  #pending: Promise<ReadonlyMap<string, Value>> | null = null;
  readonly #done = new Map<string, Promise<Value | undefined>>();

  /** @param load gets distinct keys and gives values by id; what it does not find is missing. */
  constructor(load: (keys: Key[]) => Promise<ReadonlyMap<string, Value>>) {
    this.#load = load;
  }

  /** The value of a key; undefined when it was not found. */
  load(key: Key): Promise<Value | undefined> {
    const known = this.#done.get(key.id);
    if (known !== undefined) return known;
    const value = this.#batch().then((values) => values.get(key.id));
    this.#keys.set(key.id, key);
    this.#done.set(key.id, value);
    return value;
  }

  /** The values of a page of keys by their id, among others; a promise for all of them is cheaper than one for each. */
  loadAll(keys: readonly Key[]): Promise<ReadonlyMap<string, Value>> {
    const values = this.#batch();
    for (const key of keys) this.#keys.set(key.id, key);
    return values;
  }

  #batch(): Promise<ReadonlyMap<string, Value>> {
    this.#pending ??= new Promise((resolve, reject) => {
      process.nextTick(() => {
        const keys = [...this.#keys.values()];
        this.#keys = new Map();
        this.#pending = null;
        this.#load(keys).then(resolve, reject);
      });
    });
    return this.#pending;
  }
}

/** Batchers by shape: what is asked for with equal arguments loads together. */
export class Batchers {
  readonly #byShape = new Map<string, Batcher<BatchKey, unknown>>();

  /**
   * @param shape names everything that `load` depends on besides the keys
   * @param load is that of the first call with this shape
   */
  of<Key extends BatchKey, Value>(shape: string, load: (keys: Key[]) => Promise<ReadonlyMap<string, Value>>): Batcher<Key, Value> {
    let batcher = this.#byShape.get(shape) as Batcher<Key, Value> | undefined;
    if (batcher === undefined) {
      batcher = new Batcher(load);
      this.#byShape.set(shape, batcher as unknown as Batcher<BatchKey, unknown>);
    }
    return batcher;
  }
}

/** Nodes of rows by the id of what they belong to, in the rows' order. */
export function group<Row, Node>(rows: readonly Row[], owner: (row: Row) => string, node: (row: Row) => Node): Map<string, Node[]> {
  const groups = new Map<string, Node[]>();
  for (const row of rows) {
    const key = owner(row);
    const found = groups.get(key);
    if (found === undefined) groups.set(key, [node(row)]);
    else found.push(node(row));
  }
  return groups;
}
