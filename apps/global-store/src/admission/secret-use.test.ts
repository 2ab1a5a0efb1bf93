import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

describe('deleting a Secret', () => {
  let server: TestStore;
  beforeAll(async () => {
    server = await startForTest();
    await server.call('PUT', '/meshes/m', { json: { type: 'Mesh', name: 'm', meshServices: { mode: 'Exclusive' } } });
  });
  afterAll(() => server.app.close());

  const secret = (name: string) => server.call('PUT', `/meshes/m/secrets/${name}`, { json: { type: 'Secret', mesh: 'm', name, data: 'AAAA' } });
  const remove = async (name: string): Promise<unknown> => {
    const { status, json } = await server.call('DELETE', `/meshes/m/secrets/${name}`);
    return status === 200 ? 200 : [status, (json as { readonly invalid_parameters?: readonly { readonly reason: string }[] }).invalid_parameters?.[0]?.reason];
  };

  it('that a MeshIdentity takes its CA from is refused, by either half, until the reference is gone', async () => {
    const source = (name: string) => ({ type: 'Secret', secretRef: { kind: 'Secret', name } });
    const identity = { type: 'MeshIdentity', mesh: 'm', name: 'own-ca', spec: { selector: {}, provider: { type: 'Bundled', bundled: { ca: { certificate: source('cert'), privateKey: source('key') } } } } };
    for (const name of ['cert', 'key', 'other']) expect((await secret(name)).status).toBe(201);
    expect((await server.call('PUT', '/meshes/m/meshidentities/own-ca', { json: identity })).status).toBe(201);
    for (const name of ['cert', 'key']) {
      expect(await remove(name)).toEqual([400, `The secret "${name}" that you are trying to remove is currently in use in MeshIdentity "own-ca". Please remove the reference from its CA before removing the secret.`]);
    }
    expect(await remove('other')).toBe(200);
    expect((await server.call('DELETE', '/meshes/m/meshidentities/own-ca')).status).toBe(200);
    expect([await remove('cert'), await remove('key')]).toEqual([200, 200]);
  });

  it('that was made for a generated CA is allowed: without both a new CA is made', async () => {
    const identity = { type: 'MeshIdentity', mesh: 'm', name: 'made', spec: { selector: {}, provider: { type: 'Bundled', bundled: { autogenerate: { enabled: true } } } } };
    expect((await server.call('PUT', '/meshes/m/meshidentities/made', { json: identity })).status).toBe(201);
    expect((await secret('made-root-ca')).status).toBe(201);
    expect(await remove('made-root-ca')).toBe(200);
  });

  it('that an mTLS backend uses is refused', async () => {
    expect((await secret('m.ca-builtin-cert-ca-1')).status).toBe(201);
    await server.call('PUT', '/meshes/m', { json: { type: 'Mesh', name: 'm', mtls: { backends: [{ name: 'ca-1', type: 'builtin' }] } } });
    expect(await remove('m.ca-builtin-cert-ca-1')).toEqual([400, expect.stringContaining('currently in use in Mesh "m" in mTLS backend "ca-1"')]);
  });
});
