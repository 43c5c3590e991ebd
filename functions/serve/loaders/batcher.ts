/**
 * Collects keys until the end of the tick, when all siblings of a list have been resolved, and loads them at once; equal
 * keys once.
 */
export class Batcher<Key extends { id: string }, Value> {
  readonly #load: (keys: Key[]) => Promise<ReadonlyMap<string, Value>>;
  #keys: Map<string, Key> = new Map();
  #pending: Promise<ReadonlyMap<string, Value>> | null = null;
  readonly #done = new Map<string, Promise<Value | undefined>>();

  /** @param load gets distinct keys and answers by id; what it does not find is absent. */
  constructor(load: (keys: Key[]) => Promise<ReadonlyMap<string, Value>>) {
    this.#load = load;
  }

  /** The value of a key; undefined when there is none. */
  load(key: Key): Promise<Value | undefined> {
    const known = this.#done.get(key.id);
    if (known !== undefined) return known;
    this.#pending ??= new Promise((resolve, reject) => {
      process.nextTick(() => {
        const keys = [...this.#keys.values()];
        this.#keys = new Map();
        this.#pending = null;
        this.#load(keys).then(resolve, reject);
      });
    });
    this.#keys.set(key.id, key);
    const value = this.#pending.then((values) => values.get(key.id));
    this.#done.set(key.id, value);
    return value;
  }
}
