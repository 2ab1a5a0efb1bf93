import type { Document } from '@weft/api-client';
import type { ResourceType } from '@weft/resource-model';
import { ageOf } from './age.ts';
import { table } from './output.ts';

/** The table of `get`: MESH (mesh scope), NAME, the type's own columns, AGE. */
export function resourceTable(type: ResourceType, documents: readonly Document[], nowMs: number): string {
  const own = type.columns ?? [];
  const scope = type.scope === 'Mesh' ? ['MESH'] : [];
  const rows = documents.map((document) => [
    ...(type.scope === 'Mesh' ? [text(document['mesh'])] : []),
    text(document['name']),
    ...own.map((column) => column.value(document)),
    ageOf(text(document['modificationTime']) || undefined, nowMs),
  ]);
  return table([...scope, 'NAME', ...own.map((column) => column.header), 'AGE'], rows);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
