/** Names are equal whatever their case, with or without the last dot. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** The name itself, then each name above it, without the root: `a.b.c`, `b.c`, `c`. */
export function* namesUpwards(name: string): Generator<string> {
  for (let rest = name; rest !== '';) {
    yield rest;
    const dot = rest.indexOf('.');
    rest = dot === -1 ? '' : rest.slice(dot + 1);
  }
}
