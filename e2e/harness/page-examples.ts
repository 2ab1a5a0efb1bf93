import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from '@weft/api-client';
import { parseAllDocuments } from 'yaml';

/** A resource in a documentation page, ready for `TestMesh.put`. */
export type PageExample = Document & { readonly type: string; readonly name: string };

/**
 * The resources in the `yaml` blocks of a page below docs/, in order. A page's examples are applied by tests, so that they cannot be wrong.
 * `replaced`: texts such as ports, and what stands in their place.
 */
export function pageExamples(page: string, replaced: Readonly<Record<string, string>> = {}): readonly PageExample[] {
  const written = readFileSync(join(import.meta.dirname, '..', '..', 'docs', page), 'utf8');
  const text = Object.entries(replaced).reduce((made, [from, to]) => made.replaceAll(from, to), written);
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => parseAllDocuments(block).map((document) => document.toJS() as PageExample));
}

/** One of them by its name. */
export function pageExample(page: string, name: string): PageExample {
  const found = pageExamples(page).find((example) => example.name === name);
  if (found === undefined) throw new Error(`docs/${page} has no example called ${name}`);
  return found;
}
