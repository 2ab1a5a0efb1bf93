import { isMap, isScalar, LineCounter, parseDocument, type Node, type Pair } from 'yaml';

/** One value of the file with the line it stands on. */
export interface FileEntry {
  /** As written, e.g. `apiServer.http.port`. */
  readonly path: string;
  readonly line: number;
  readonly value: unknown;
}

/** What a configuration file holds: its values, or why it cannot be read. */
export interface ConfigFile {
  readonly entries: readonly FileEntry[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/**
 * Reads YAML or JSON into the values at known paths. `isKey` tells where descending ends (a map that is itself a value);
 * a section without content keeps its defaults. Never throws.
 */
export function parseConfigFile(text: string, isKey: (path: string) => boolean): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const problems = document.errors.map((error) => ({ line: lines.linePos(error.pos[0]).line, message: error.message.split('\n')[0] ?? 'no YAML' }));
  if (problems.length > 0) return { entries: [], problems };
  const root = document.contents as Node | null;
  if (root === null || (isScalar(root) && root.value === null)) return { entries: [], problems: [] };
  if (!isMap(root)) return { entries: [], problems: [{ line: 1, message: 'the file must hold sections, such as "apiServer:"' }] };
  const entries: FileEntry[] = [];
  const visit = (pairs: readonly Pair[], prefix: string): void => {
    for (const pair of pairs) {
      const key = pair.key as Node;
      const path = prefix + String(isScalar(key) ? key.value : key);
      const node = pair.value as Node | null;
      if (isMap(node) && !isKey(path)) visit(node.items, `${path}.`);
      else if (node !== null && !(isScalar(node) && node.value === null)) entries.push({ path, line: lines.linePos(key.range?.[0] ?? 0).line, value: node.toJS(document) as unknown });
    }
  };
  try {
    visit(root.items, '');
  } catch (error) {
    return { entries: [], problems: [{ line: 1, message: error instanceof Error ? error.message : 'no YAML' }] };
  }
  return { entries, problems: [] };
}
