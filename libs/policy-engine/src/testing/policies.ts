import { weftRegistry } from '@weft/policy-model';
import { readPolicy, type Policy } from '../policy.ts';
import type { PolicySubject } from '../select-proxy.ts';

/** A policy of mesh `shop`. */
export function policy(type: string, name: string, spec: unknown, labels: Readonly<Record<string, string>> = {}): Policy {
  const known = weftRegistry.byName(type);
  const read = known === undefined ? undefined : readPolicy({ type, mesh: 'shop', name, labels, creationTime: '2026-01-01T00:00:00.000Z', modificationTime: '2026-01-01T00:00:00.000Z', version: 1, spec }, known);
  if (read === undefined) throw new Error(`${type} is no policy`);
  return read;
}

/** A sidecar of mesh `shop` with one inbound. */
export function subject(overrides: Partial<PolicySubject> = {}): PolicySubject {
  return {
    mesh: 'shop', displayName: 'web-1', labels: { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'east' }, zone: 'east', namespace: '', gateway: undefined,
    inbounds: [{ name: 'http', port: 8080, tags: { 'kuma.io/service': 'web' } }], ...overrides,
  };
}
