import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { legacyMessageOf } from '@weft/kds-proto';
import { weftRegistry } from '@weft/policy-model';
import { validateSpec, type Resource, type ResourceType } from '@weft/resource-model';
import { conform } from '@weft/resource-model/testing';
import { decodeResource, encodeResource } from './resource-codec.ts';
import { fieldsWithoutNumber, specOf } from './testing/spec-of-schema.ts';
import { flowOf } from './type-flow.ts';
import { zeroStatusOf } from './zero-status.ts';

const synced = weftRegistry.all.filter((type) => flowOf(type).toZones || flowOf(type).toGlobal);
const legacy = weftRegistry.all.filter(({ name, form, internal }) => form === 'inline' && (internal !== true || name === 'Config') && name !== 'MeshInsight');
const label = fc.stringMatching(/^[a-z][a-z.]{0,8}$/);

function resources(type: ResourceType): fc.Arbitrary<Resource> {
  const mesh = type.scope === 'Mesh' ? fc.constantFrom('default', 'other') : fc.constant('');
  const spec = specOf(type.schema, type.form === 'inline' ? legacyMessageOf(type.name) : undefined);
  const status = zeroStatusOf(type.name) === undefined ? fc.constant(undefined) : fc.option(fc.constant({ addresses: [{ hostname: 'a.mesh' }], vips: [{ ip: '241.0.0.0' }] }), { nil: undefined });
  return fc.record({ mesh, name: label, labels: fc.dictionary(label, label), spec, status }).map(({ status: given, ...rest }) => ({
    type: type.name, creationTime: '', modificationTime: '', version: 0, ...rest, ...(given !== undefined && { status: given }),
  }));
}

/** As the type takes it in: proto-JSON writes integers of 64 bits as text. */
const asRead = (type: ResourceType, resource: Resource): Resource => (type.form === 'inline' ? { ...resource, spec: conform(type.schema, resource.spec, { protoJson: true, path: '' }).value } : resource);

describe('every synced type survives the way', () => {
  it.each(synced.map((type) => [type.name, type] as const))('%s', (_, type) => {
    fc.assert(fc.property(resources(type), (resource) => {
      const bytes = encodeResource(type, resource);
      const decoded = decodeResource(type, bytes);
      if (!decoded.ok) throw new Error(decoded.error);
      const zero = zeroStatusOf(type.name);
      expect(asRead(type, decoded.value)).toEqual(asRead(type, { ...resource, ...(zero && { status: { ...zero, ...(resource.status as object | undefined) } }) }));
      expect(encodeResource(type, decoded.value)).toEqual(bytes);
    }), { numRuns: 12 });
  });

  it('equal specs give equal bytes, whatever the order of tags', () => {
    const type = weftRegistry.byName('Dataplane');
    if (type === undefined) throw new Error('no Dataplane');
    const dataplane = (tags: Record<string, string>): Resource => ({ type: 'Dataplane', mesh: 'default', name: 'd', labels: tags, creationTime: '', modificationTime: '', version: 1, spec: { networking: { inbound: [{ port: 80, tags }] } } });
    expect(encodeResource(type, dataplane({ a: '1', b: '2' }))).toEqual(encodeResource(type, dataplane({ b: '2', a: '1' })));
  });
});

describe('messages of legacy types', () => {
  it('have every field of the schema but what is Weft\'s own, and two that one schema lends to tracing and logging', () => {
    const missing = legacy.flatMap((type) => {
      const message = legacyMessageOf(type.name);
      return message === undefined ? [`${type.name}: no message`] : fieldsWithoutNumber(type.schema, message).map((path) => `${type.name}.${path}`);
    });
    expect(missing).toEqual(['Mesh.tracing.backends.format', 'Mesh.logging.backends.sampling', 'ZoneInsight.subscriptions.nacks', 'ZoneInsight.refused', 'ZoneInsight.incidents', 'ZoneInsight.withdrawals', 'ZoneInsight.others', 'DataplaneInsight.mTLS.issuedBackends', 'DataplaneInsight.problems', 'DataplaneInsight.nacks']);
  });

  it('give specs that the type reads back as its own', () => {
    for (const type of legacy.filter(({ name }) => name === 'TrafficRoute')) {
      const spec = { sources: [{ match: { 'kuma.io/service': '*' } }], destinations: [{ match: { 'kuma.io/service': '*' } }], conf: { destination: { 'kuma.io/service': '*' }, loadBalancer: { ringHash: { hashFunction: 'MURMUR_HASH_2', minRingSize: 64, maxRingSize: 1024 } } } };
      const decoded = decodeResource(type, encodeResource(type, { type: type.name, mesh: 'default', name: 'r', labels: {}, creationTime: '', modificationTime: '', version: 1, spec }));
      if (!decoded.ok) throw new Error(decoded.error);
      const validated = validateSpec(type, decoded.value);
      expect(validated).toMatchObject({ ok: true, value: { resource: { spec } } });
    }
  });
});

describe('bytes that are no resource', () => {
  it('never throw, and say what they are not', () => {
    const types = synced.filter(({ name }) => ['Mesh', 'MeshTimeout', 'Dataplane'].includes(name));
    fc.assert(fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 40 }), (type, bytes) => {
      const decoded = decodeResource(type, bytes);
      if (!decoded.ok) expect(decoded.error).toContain(type.name);
    }));
  });

  it('name the scope that is wrong, and the message that was expected', () => {
    const mesh = weftRegistry.byName('Mesh');
    const secret = weftRegistry.byName('Secret');
    if (mesh === undefined || secret === undefined) throw new Error('types are missing');
    const bytes = encodeResource(mesh, { type: 'Mesh', mesh: '', name: 'default', labels: {}, creationTime: '', modificationTime: '', version: 1, spec: {} });
    expect(decodeResource(secret, bytes)).toMatchObject({ ok: false, error: 'Secret default: it is of mesh scope, but names no mesh' });
    const globalSecret = weftRegistry.byName('GlobalSecret');
    expect(globalSecret && decodeResource(globalSecret, bytes)).toMatchObject({ ok: false, error: 'GlobalSecret default: its spec is "type.googleapis.com/kuma.mesh.v1alpha1.Mesh", not "type.googleapis.com/kuma.system.v1alpha1.Secret"' });
  });
});
