import { describe, expect, it } from 'vitest';
import { toDocument } from '../../documents/to-document.ts';
import type { Resource } from '../../resource.ts';
import { violationsOf } from '../../testing.ts';
import { meshServiceType } from './mesh-service.ts';
import { serviceSnis } from './snis.ts';

const PORTS = { ports: [{ name: 'http', port: 80 }, { port: 90 }] };

describe('MeshService', () => {
  it.each<readonly [string, Record<string, unknown>, readonly string[]]>([
    ['ports', PORTS, []],
    ['two selectors', { selector: { dataplaneTags: { a: 'b' }, dataplaneRef: { name: 'x' } } }, ['spec.selector: selector must have exactly one defined: dataplaneTags, dataplaneRef, dataplaneLabels']],
    ['a port twice', { ports: [{ port: 80 }, { port: 80 }] }, ['spec.ports[1].port: port 80 is already used by another entry']],
    ['a target by name', { ports: [{ port: 80, targetPort: 'http' }] }, []],
    ['a target out of range', { ports: [{ port: 80, targetPort: 70000 }] }, ['spec.ports[0].targetPort: port must be in the range [1, 65535]']],
  ])('%s', (_, spec, expected) => expect(violationsOf(meshServiceType, spec)).toEqual(expected));

  it('shows its server names before the spec', () => {
    const labels = { 'kuma.io/zone': 'zone-a', 'kuma.io/display-name': 'api' };
    const resource: Resource = { type: 'MeshService', mesh: 'default', name: 'api-x7', labels, creationTime: '', modificationTime: '', version: 1, spec: PORTS, status: {} };
    const document = toDocument(meshServiceType, resource);
    expect(Object.keys(document)).toEqual(['type', 'mesh', 'name', 'creationTime', 'modificationTime', 'labels', 'kri', 'snis', 'spec', 'status']);
    expect(document['snis']).toEqual([{ port: 80, sni: 'sni.msvc.default.zone-a.api.http' }, { port: 90, sni: 'sni.msvc.default.zone-a.api.90' }]);
    expect(document['kri']).toBe('kri_msvc_default_zone-a__api_');
  });

  it.each([
    ['MeshMultiZoneService', 'redis-mz', { selector: { meshService: {} }, ports: [{ port: 6379 }, { port: 80, name: 'http' }] }, [{ port: 80, sni: 'sni.mzsvc.default.redis-mz.http' }, { port: 6379, sni: 'sni.mzsvc.default.redis-mz.6379' }]],
    ['MeshExternalService', 'httpbin', { match: { port: 80 } }, [{ port: 80, sni: 'sni.extsvc.default.httpbin.80' }]],
    ['MeshTimeout', 'slow', {}, undefined],
  ])('server names of a %s', (type, name, spec, expected) => {
    expect(serviceSnis({ type, mesh: 'default', name, labels: {}, creationTime: '', modificationTime: '', version: 1, spec })).toEqual(expected);
  });
});
