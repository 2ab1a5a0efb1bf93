import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createConfigEngine } from './create-config-engine.ts';
import { client, drain } from './testing.ts';

/** The input of a recorded session with Kuma 2.14.3: three workloads, mTLS, explicit outbounds, a route over two subsets. */
function recordedInput(): Resource[] {
  const folder = fileURLToPath(new URL('../testdata/legacy-explicit/', import.meta.url));
  return ['mesh', 'dp-backend', 'dp-redis', 'dp-web', 'policies'].flatMap((file) => parseAllDocuments(readFileSync(`${folder}${file}.yaml`, 'utf8')).map((document): Resource => {
    const { type, name, mesh = '', spec, ...rest } = document.toJS() as { type: string; name: string; mesh?: string; spec?: unknown };
    const time = '2026-01-01T00:00:00.000Z';
    return { type, name, mesh, labels: {}, creationTime: time, modificationTime: time, version: 1, spec: spec ?? rest };
  }));
}

describe('the recorded mesh', () => {
  const engine = createConfigEngine();
  engine.load(recordedInput());
  engine.connect(client('web-1'));
  drain(engine);
  const config = engine.config({ mesh: 'default', name: 'web-1' });
  const names = (type: 'cds' | 'eds' | 'lds' | 'rds') => [...(config?.snapshot[type].keys() ?? [])].sort();

  it('has the resources that Kuma 2.14.3 sent, by the same names; routes are resources of their own', () => {
    expect(names('cds')).toEqual(['backend', 'backend-154693772bc47249', 'backend-5b73b3f4adf20020', 'kuma:envoy:admin', 'kuma:readiness', 'localhost:18081', 'redis']);
    expect(names('eds')).toEqual(['backend', 'backend-154693772bc47249', 'backend-5b73b3f4adf20020', 'redis']);
    expect(names('lds')).toEqual(['inbound:10.0.0.3:8080', 'kuma:envoy:admin', 'outbound:127.0.0.1:20001', 'outbound:127.0.0.1:20002']);
    expect(names('rds')).toContain('outbound:backend');
    expect(config?.secrets.map(({ name }) => name)).toEqual(['identity_cert:secret:default', 'mesh_ca:secret:default']);
    expect(config?.problems).toEqual([]);
  });

  it('routes by the recorded names, with the timeout of the policy', () => {
    const resource = config?.snapshot.rds.get('outbound:backend');
    const routes = resource === undefined ? [] : fromBinary(RouteConfigurationSchema, resource.body).virtualHosts.flatMap((host) => host.routes);
    expect(routes.map(({ name, match, action }) => [name, match?.pathSpecifier.value, action.case === 'route' ? action.value.timeout?.seconds : undefined])).toEqual([
      ['WGAAvhw3cvPsUF/cRlbzUTEwQB0IrzZEHH0JqXiUSj4=', '/v1', 7n],
      ['WGAAvhw3cvPsUF/cRlbzUTEwQB0IrzZEHH0JqXiUSj4=', '/v1/', 7n],
      ['9Zuf5Tg79OuZcQITwBbQykxAk2u4fRKrwYn3//AL4Yo=', '/', 7n],
    ]);
  });
});
