import { equalData } from '@weft/kernel';

/** A map that says what differs; undefined stands for nothing. */
export class ChangingMap<T> {
  readonly #values = new Map<string, T>();

  get all(): ReadonlyMap<string, T> {
    return this.#values;
  }

  /** False where it is the same. */
  set(key: string, value: T | undefined): boolean {
    if (equalData(value, this.#values.get(key))) return false;
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
    return true;
  }
}
