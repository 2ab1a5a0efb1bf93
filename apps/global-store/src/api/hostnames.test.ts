import { ask, REQUESTS } from '@weft/bus';
import { afterEach, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

let server: TestStore;
afterEach(() => server.app.close());

it('GET …/_hostnames tells the names of a service with their zone', async () => {
  server = await startForTest();
  const status = { addresses: [{ hostname: 'api.svc.mesh.local', origin: 'HostnameGenerator', hostnameGeneratorRef: { coreName: 'local' } }] };
  const spec = { selector: { dataplaneTags: { 'kuma.io/service': 'api' } }, ports: [{ port: 80 }] };
  await ask(server.ports.bus, REQUESTS.storeWrite, { writer: 'test', writes: [{ op: 'put', type: 'MeshService', mesh: 'default', name: 'api', labels: {}, spec, status }] });
  expect(await server.call('GET', '/meshes/default/meshservices/api/_hostnames')).toMatchObject({ status: 200, json: { total: 1, items: [{ hostname: 'api.svc.mesh.local', zones: [{ name: 'default' }] }] } });
  expect((await server.call('GET', '/meshes/default/meshservices/none/_hostnames')).status).toBe(404);
  expect((await server.call('GET', '/meshes/default/dataplanes/api/_hostnames')).status).toBe(404);
});
