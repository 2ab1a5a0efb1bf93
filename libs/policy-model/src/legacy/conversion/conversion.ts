/** A part of what a policy of the first generation means, in the terms of the present ones. */
export interface ConvertedPart {
  /** Type that has this conf. */
  readonly type: string;
  /**
   * `to`: about its destinations. `from`: who may call them, the most precise policy alone. `callers`: about who calls them, the
   * most precise policy for each caller. `proxy`: about the proxies that it selects.
   */
  readonly place: 'to' | 'from' | 'callers' | 'proxy';
  /** Callers are told apart by their identities, not by their tags. */
  readonly byIdentity?: true;
  readonly conf: Readonly<Record<string, unknown>>;
}

/** What a policy of the first generation means. */
export interface Conversion {
  readonly parts: readonly ConvertedPart[];
  /** What could not be said in the same way, for people. */
  readonly notes: readonly string[];
}

/** Plain data of a conf. */
export type Plain = Readonly<Record<string, unknown>>;

/** The object without absent members; undefined where none is left. */
export function present(members: Plain): Plain | undefined {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** A conf as the only part. */
export function toOnly(type: string, members: Plain, notes: readonly string[] = []): Conversion {
  return { parts: [{ type, place: 'to', conf: present(members) ?? {} }], notes };
}

/** The value as an object. */
export function plain(value: unknown): Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Plain : {};
}

/** The value as a list of objects. */
export function plains(value: unknown): readonly Plain[] {
  return Array.isArray(value) ? value.map(plain) : [];
}

/** The value as a text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
