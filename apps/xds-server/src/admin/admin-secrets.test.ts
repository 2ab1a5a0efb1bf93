import { fromBinary } from '@bufbuild/protobuf';
import { X509Certificate } from 'node:crypto';
import { SecretSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import type { SecretRef } from '@weft/proxy-view';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AdsClient } from '../testing.ts';
import { dataplane, MTLS_SECRETS, smallSnapshot, TestPlane } from '../testing/test-plane.ts';

const CERTIFICATE = 'envoy_admin_cert:secret';
const CLIENT_CA = 'envoy_admin_ca:secret';
const ALL = ['ca', CLIENT_CA, CERTIFICATE, 'identity'];

let plane: TestPlane | undefined;

afterEach(async () => {
  await plane?.close();
  plane = undefined;
});

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 5 });
const refsOf = (proxy: string): SecretRef[] => [...MTLS_SECRETS, { kind: 'admin', name: CERTIFICATE, mesh: 'default', proxy }, { kind: 'admin-clients', name: CLIENT_CA, mesh: '' }];
const namesOf = (client: AdsClient): string[] => Object.keys(client.envoy.held('sds')).sort();

async function started(names: readonly string[] = ['web-1']): Promise<TestPlane> {
  plane = await TestPlane.start({ resources: names.map((name) => dataplane(name)) });
  for (const name of names) plane.give(name, smallSnapshot(), refsOf(name));
  return plane;
}

describe('the certificate of an admin listener', () => {
  it('names its proxy, is made only where Envoy asks, and is no identity of the workload', async () => {
    const cp = await started(['web-1', 'web-2']);
    const [asks, does] = [cp.connect(new AdsClient('web-1', { secrets: ALL })), cp.connect(new AdsClient('web-2', { secrets: ['identity', 'ca'] }))];
    await soon(() => expect([namesOf(asks), namesOf(does)]).toEqual([ALL, ['ca', 'identity']]));
    const secret = fromBinary(SecretSchema, asks.secretBodies.get(CERTIFICATE) ?? new Uint8Array());
    if (secret.type.case !== 'tlsCertificate') throw new Error('no certificate');
    const pem = Buffer.from(secret.type.value.certificateChain?.specifier.value as Uint8Array);
    expect(new X509Certificate(pem).subjectAltName).toBe('DNS:dataplane.default.web-1');
    expect(cp.signer.admins).toBe(1);
    await vi.waitFor(async () => expect(await cp.observed('web-1')).toMatchObject({ mTLS: { issuedBackend: 'ca-1', certificateRegenerations: 1 } }), { timeout: 20_000, interval: 5 });
  });

  it('is kept over a restart of the server, as the leaf is', async () => {
    const cp = await started();
    const client = cp.connect(new AdsClient('web-1', { secrets: ALL }));
    await soon(() => expect(namesOf(client)).toEqual(ALL));
    const before = client.envoy.held('sds');
    await cp.restart();
    cp.give('web-1', smallSnapshot({ endpoints: '2' }), refsOf('web-1'));
    client.connect(cp.port, cp.signer.caPem);
    await soon(() => expect(client.envoy.held('eds')).toEqual({ backend: '2' }));
    expect(client.envoy.held('sds')).toEqual(before);
    expect([cp.signer.leaves, cp.signer.admins]).toEqual([1, 1]);
  });

  it('is replaced at four fifths of its life', async () => {
    const cp = await started();
    const client = cp.connect(new AdsClient('web-1', { secrets: ALL }));
    await soon(() => expect(namesOf(client)).toEqual(ALL));
    const first = client.envoy.held('sds')[CERTIFICATE];
    cp.clock.advance(19.3 * 3_600_000);
    await soon(() => expect(client.envoy.held('sds')[CERTIFICATE]).not.toBe(first));
    expect(cp.signer.admins).toBe(2);
  });

  it('a proxy carries traffic while nobody signs one', async () => {
    const cp = await started();
    cp.signer.refuseAdmins = true;
    const client = cp.connect(new AdsClient('web-1', { secrets: ALL }));
    await soon(() => expect(namesOf(client)).toEqual(['ca', CLIENT_CA, 'identity']));
    await soon(() => expect(cp.health).toMatchObject([{ finding: { proxy: 'up' } }]));
    cp.signer.refuseAdmins = false;
    await vi.waitFor(() => {
      cp.clock.advance(1_000);
      expect(namesOf(client)).toEqual(ALL);
    }, { timeout: 20_000, interval: 5 });
  });

  it('another CA gives every proxy a new one', async () => {
    const cp = await started();
    const client = cp.connect(new AdsClient('web-1', { secrets: ALL }));
    await soon(() => expect(namesOf(client)).toEqual(ALL));
    const before = client.envoy.held('sds');
    cp.signer.adminCaMore = cp.signer.caPem;
    cp.change({ op: 'envelope', key: { type: 'GlobalSecret', mesh: '', name: 'envoy-admin-ca' }, version: 2, digest: 'x' });
    cp.clock.advance(2_000);
    await soon(() => expect(client.envoy.held('sds')[CLIENT_CA]).not.toBe(before[CLIENT_CA]));
    await soon(() => expect(client.envoy.held('sds')[CERTIFICATE]).not.toBe(before[CERTIFICATE]));
    expect(client.envoy.held('sds')['identity']).toBe(before['identity']);
  });
});
