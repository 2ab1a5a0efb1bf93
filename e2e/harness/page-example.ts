import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Document } from '@weft/api-client';

/** The resources in the YAML blocks of a page in docs/, in order, with texts replaced, so that ports are the test's own. */
export function examplesOf(page: string, replaced: Readonly<Record<string, string>> = {}): (Document & { readonly type: string; readonly name: string })[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/```yaml\n([^]*?)```/g)].flatMap(([, block = '']) => block.split(/^---$/m)).map((block) => {
    const filled = Object.entries(replaced).reduce((made, [from, to]) => made.replaceAll(from, to), block);
    return parse(filled) as Document & { type: string; name: string };
  });
}
