import { readFileSync } from 'node:fs';
import { validateResource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { defaultPolicies } from './default-policies.ts';
import { weftRegistry } from './registry.ts';

const recorded = JSON.parse(readFileSync(new URL('../testdata/recorded-documents.json', import.meta.url), 'utf8')) as { type: string; name: string; spec?: unknown }[];

describe('default policies', () => {
  it('are those that Kuma creates', () => {
    const expected = recorded.filter(({ name }) => name.startsWith('mesh-') && name.endsWith('-all-default'));
    expect(expected).toHaveLength(4);
    for (const { type, name, spec } of expected) expect(defaultPolicies('default').find((policy) => policy.name === name)).toEqual({ type, name, spec });
    expect(defaultPolicies('default')).toHaveLength(expected.length);
  });

  it('are valid', () => {
    for (const { type, name, spec } of defaultPolicies('demo')) {
      expect(validateResource(weftRegistry.byName(type)!, { type, mesh: 'demo', name, spec })).toMatchObject({ ok: true });
    }
  });

  it('leave out what the mesh does not want', () => {
    expect(defaultPolicies('demo', ['MeshTimeout']).map(({ type }) => type)).toEqual(['MeshCircuitBreaker', 'MeshRetry']);
    expect(defaultPolicies('demo', ['*'])).toEqual([]);
  });
});
