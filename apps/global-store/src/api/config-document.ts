import { formatDuration } from '@weft/kernel';
import { CONFIG_KEYS } from '@weft/service-runtime';

type Tree = { [key: string]: unknown };

const SENSITIVE = /password|secret|privatekey|(^|\.)url$|(^|\.)token$/i;
const MASK = '*****';

/**
 * The configuration as `GET /config` shows it: nested like the file, durations as Go writes them, what may hold a
 * password masked. Keys that the given tree lacks are left out.
 */
export function configDocument(tree: object): unknown {
  const document: Tree = {};
  for (const [path, , kind] of CONFIG_KEYS) {
    const value = at(tree, path.split('.'));
    if (value === undefined) continue;
    put(document, path.split('.'), shown(path, kind, value));
  }
  return document;
}

function shown(path: string, kind: string, value: unknown): unknown {
  if (kind === 'duration' && typeof value === 'number') return formatDuration(value);
  if (kind === 'objects') return masked(value);
  return typeof value === 'string' && value !== '' && SENSITIVE.test(path) ? MASK : value;
}

// Objects of the file, such as public keys, are not in the table of keys.
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, SENSITIVE.test(key) ? MASK : masked(member)]));
}

function at(tree: object, path: readonly string[]): unknown {
  let value: unknown = tree;
  for (const part of path) value = typeof value === 'object' && value !== null ? (value as Tree)[part] : undefined;
  return value;
}

function put(document: Tree, path: readonly string[], value: unknown): void {
  let section = document;
  for (const part of path.slice(0, -1)) section = (section[part] ??= {}) as Tree;
  section[path.at(-1) ?? ''] = value;
}
