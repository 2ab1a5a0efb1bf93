import { expect, it } from 'vitest';
import { startForTest } from '../testing/start-for-test.ts';

it('GET /openapi.json describes the paths and documents of every type', async () => {
  const server = await startForTest();
  const { json } = await server.call('GET', '/openapi.json');
  await server.app.close();
  expect(json).toMatchObject({ openapi: '3.1.0', paths: { '/meshes/{mesh}/dataplanes/{name}': { put: { operationId: 'putDataplane' } } }, components: { schemas: { Mesh: {}, MeshTimeoutSpec: {} } } });
});
