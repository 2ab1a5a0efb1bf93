import { createMeshAuthority } from '@weft/ca-core';
import { nodeCertificateCrypto } from '@weft/ca-crypto-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, type TestAnswer, type TestStore } from '../testing/start-for-test.ts';

describe('a provided CA', () => {
  let server: TestStore;
  let ca: { readonly cert: string; readonly key: string };
  let otherKey: string;

  beforeAll(async () => {
    server = await startForTest();
    const make = async () => createMeshAuthority('m', { key: { type: 'ec', curve: 'P-256' }, now: Date.now(), lifetimeMs: 3_600_000 }, nodeCertificateCrypto);
    const [own, other] = [await make(), await make()];
    ca = { cert: own.certificatePem, key: own.privateKeyPem.reveal() };
    otherKey = other.privateKeyPem.reveal();
    await server.call('PUT', '/meshes/m', { json: { type: 'Mesh', name: 'm' } });
    for (const [name, pem] of [['ca-cert', ca.cert], ['ca-key', ca.key]] as const) {
      await server.call('PUT', `/meshes/m/secrets/${name}`, { json: { type: 'Secret', mesh: 'm', name, data: Buffer.from(pem).toString('base64') } });
    }
  });
  afterAll(() => server.app.close());

  const put = (cert: unknown, key: unknown, more: object = {}): Promise<TestAnswer> =>
    server.call('PUT', '/meshes/m', { json: { type: 'Mesh', name: 'm', mtls: { backends: [{ name: 'ca', type: 'provided', conf: { cert, key } }], ...more } } });
  const refusal = async (cert: unknown, key: unknown): Promise<unknown> => {
    const { status, json } = await put(cert, key);
    return [status, (json as { readonly invalid_parameters?: unknown }).invalid_parameters];
  };

  it('may stand inline, in base64, in Secrets, in a mixture, or in files that only the CA service sees', async () => {
    const base64 = (pem: string) => ({ inline: Buffer.from(pem).toString('base64') });
    expect((await put({ inlineString: ca.cert }, { inlineString: ca.key })).status).toBe(200);
    expect((await put(base64(ca.cert), base64(ca.key))).status).toBe(200);
    expect((await put({ secret: 'ca-cert' }, { secret: 'ca-key' })).status).toBe(200);
    expect((await put({ secret: 'ca-cert' }, { inlineString: ca.key })).status).toBe(200);
    expect((await put({ file: '/nowhere/ca.pem' }, { file: '/nowhere/ca.key' })).status).toBe(200);
  });

  it('is refused with the field and the reason where it is none', async () => {
    expect(await refusal({ inlineString: 'CERT' }, { inlineString: ca.key })).toEqual([400, [{ field: 'mtls.backends[0].conf', reason: 'not usable as a CA: the certificate is no PEM block "CERTIFICATE"' }]]);
    expect(await refusal({ secret: 'ca-cert' }, { inlineString: otherKey })).toEqual([400, [{ field: 'mtls.backends[0].conf', reason: 'not usable as a CA: the key does not belong to the certificate' }]]);
    expect(await refusal({ secret: 'ca-cert' }, { secret: 'none' })).toEqual([400, [{ field: 'mtls.backends[0].conf.key', reason: 'there is no Secret "none" in the mesh: create it first' }]]);
  });

  it('is not looked at with skipValidation', async () => {
    expect((await put({ secret: 'none' }, { secret: 'none' }, { skipValidation: true })).status).toBe(200);
  });

  it.each([{ mtls: 'on' }, { mtls: null }, { mtls: { backends: 'all' } }, { mtls: { backends: [null] } }, { mtls: { backends: [{ type: 'provided', conf: 3 }] } }])('of no shape at all is refused as any other document: %j', async (spec) => {
    const { status } = await server.call('PUT', '/meshes/m', { json: { type: 'Mesh', name: 'm', ...spec } });
    expect(status === 400 || spec.mtls === null).toBe(true);
  });
});
