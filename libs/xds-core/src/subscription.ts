import type { XdsType } from './shared-resource.ts';

const WILDCARD = '*';

/** Types that a request without names asks for as a whole (xDS: "legacy wildcard"). */
const WHOLE_BY_DEFAULT: ReadonlySet<XdsType> = new Set<XdsType>(['cds', 'lds']);

/** How a request changed a subscription. */
export interface SubscriptionChange {
  /** Names asked for: new ones, and in delta also those asked for again. */
  readonly asked: readonly string[];
  /** The wildcard was turned on by this request. */
  readonly widened: boolean;
  /** The wildcard was turned off by this request. */
  readonly narrowed: boolean;
  /** Names given up. */
  readonly dropped: readonly string[];
}

const NO_CHANGE: SubscriptionChange = { asked: [], widened: false, narrowed: false, dropped: [] };

/** What a stream asks for of one type. Rules: xDS protocol, "How the client specifies what resources to return". */
export class Subscription {
  #wildcard = false;
  #names = new Set<string>();
  #everNamed = false;
  /** The list that {@link replace} took last. */
  #list: readonly string[] | undefined;
  readonly #type: XdsType;

  constructor(type: XdsType) {
    this.#type = type;
  }

  get wildcard(): boolean {
    return this.#wildcard;
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  matches(name: string): boolean {
    return this.#wildcard || this.#names.has(name);
  }

  /** Takes the whole list of names of a SotW request; an empty list means everything until names were once given. */
  replace(names: readonly string[]): SubscriptionChange {
    // Every acknowledgement repeats the list.
    if (this.#list !== undefined && equalLists(this.#list, names)) return NO_CHANGE;
    this.#list = names;
    if (names.length > 0) this.#everNamed = true;
    const before = { wildcard: this.#wildcard, names: this.#names };
    this.#wildcard = names.length === 0 ? !this.#everNamed && WHOLE_BY_DEFAULT.has(this.#type) : names.includes(WILDCARD);
    this.#names = new Set(names.filter((name) => name !== WILDCARD));
    return {
      asked: [...this.#names].filter((name) => !before.names.has(name)),
      widened: this.#wildcard && !before.wildcard,
      narrowed: before.wildcard && !this.#wildcard,
      dropped: [...before.names].filter((name) => !this.#names.has(name)),
    };
  }

  /** Takes the names of a delta request. `first`: it is the first one for the type, where no names mean everything. */
  update(change: { readonly subscribe: readonly string[]; readonly unsubscribe: readonly string[] }, first: boolean): SubscriptionChange {
    const before = this.#wildcard;
    if (first && change.subscribe.length === 0) this.#wildcard = WHOLE_BY_DEFAULT.has(this.#type);
    if (change.subscribe.includes(WILDCARD)) this.#wildcard = true;
    if (change.unsubscribe.includes(WILDCARD)) this.#wildcard = false;
    const asked = change.subscribe.filter((name) => name !== WILDCARD);
    for (const name of asked) this.#names.add(name);
    const dropped = change.unsubscribe.filter((name) => this.#names.delete(name));
    return {
      asked: asked.filter((name) => this.#names.has(name)),
      widened: this.#wildcard && !before,
      narrowed: before && !this.#wildcard,
      dropped,
    };
  }
}

function equalLists(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}
