import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestMesh, until } from '../harness/test-mesh.ts';

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await TestMesh.start({ mtls: 'STRICT' });
});

afterAll(async () => {
  await mesh.close();
});

it('a MeshService is given an address and the name of the default generator, through the real store', async () => {
  await mesh.put({ type: 'MeshService', name: 'shop', spec: { selector: { dataplaneTags: { 'kuma.io/service': 'shop' } }, ports: [{ port: 80, targetPort: 8080, appProtocol: 'http' }] } });
  let seen = '';
  await until('the MeshService has a name', async () => {
    seen = JSON.stringify(await mesh.api.getJson(`/meshes/${mesh.mesh}/meshservices/shop`));
    return seen.includes('"shop.svc.mesh.local"');
  });
  expect(seen).toMatch(/"ip":"241\./);
  expect(seen).toContain('"coreName":"local-universal-mesh-service"');
});
