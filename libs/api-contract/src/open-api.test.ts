import { weftRegistry } from '@weft/policy-model';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from './open-api.ts';

interface Document {
  readonly paths: Record<string, Record<string, unknown>>;
  readonly components: { readonly schemas: Record<string, { readonly properties: Record<string, unknown>; readonly required: string[] }> };
}

const document = JSON.parse(JSON.stringify(openApiDocument(weftRegistry, { title: 'Weft', version: '2.14.3' }))) as Document;

describe('OpenAPI document', () => {
  it('has list and item paths for every type of the API, and none for internal ones', () => {
    for (const { plural, scope, internal } of weftRegistry.all) {
      const item = scope === 'Mesh' ? `/meshes/{mesh}/${plural}/{name}` : `/${plural}/{name}`;
      expect(item in document.paths).toBe(internal !== true);
    }
  });

  it('offers no writes for read-only types', () => {
    expect(Object.keys(document.paths['/meshes/{mesh}/dataplane-insights/{name}'] ?? {})).toEqual(['parameters', 'get']);
  });

  it('refers only to schemas that it has', () => {
    const refs = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? '');
    expect(refs.length).toBeGreaterThan(50);
    expect(refs.filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it('inlines the spec of older types and nests that of the others', () => {
    expect(document.components.schemas['Mesh']?.properties).toHaveProperty('mtls');
    expect(document.components.schemas['MeshTimeout']?.properties).toHaveProperty('spec');
    expect(document.components.schemas['MeshTimeout']?.required).toEqual(['type', 'mesh', 'name', 'spec']);
  });

  it('marks sensitive fields and hides annotations of our own', () => {
    expect(document.components.schemas['Secret']?.properties['data']).toMatchObject({ 'x-sensitive': true });
    expect(JSON.stringify(document)).not.toMatch(/"sensitive"|"protoEnum"|"protoDuration"/);
  });
});
