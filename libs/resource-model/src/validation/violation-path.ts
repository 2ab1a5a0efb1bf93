const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** Extends a path by a field, an index, or a map key: `spec.to[0].tags["kuma.io/service"]`. */
export function joinPath(path: string, part: string | number): string {
  if (typeof part === 'number') return `${path}[${part}]`;
  if (!IDENTIFIER.test(part)) return `${path}["${part}"]`;
  return path === '' ? part : `${path}.${part}`;
}

/** A JSON pointer into `root`, as a path that starts with `prefix`. */
export function pathOfPointer(pointer: string, root: unknown, prefix: string): string {
  let path = prefix;
  let at: unknown = root;
  for (const segment of pointer.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    path = joinPath(path, Array.isArray(at) ? Number(key) : key);
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }
  return path;
}
