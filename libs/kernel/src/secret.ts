const REDACTED = '*****';

/** A value that must not be seen: logging, JSON and string conversion show `*****`; only `reveal()` gives it. */
export class Sensitive<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Keep what it returns out of logs, errors and the feed. */
  reveal(): T {
    return this.#value;
  }

  toJSON(): string {
    return REDACTED;
  }

  toString(): string {
    return REDACTED;
  }

  /** Node's console and util.inspect look for this well-known symbol. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
