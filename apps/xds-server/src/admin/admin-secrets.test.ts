import { fromBinary } from '@bufbuild/protobuf';
import { X509Certificate } from 'node:crypto';
import { adminOpenOf, ask } from '@weft/bus';
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

/** Somebody looks into the Envoy: resolves once that has taken its certificate. */
const look = (cp: TestPlane, name: string): Promise<null> => ask(cp.bus, adminOpenOf(cp.instance), { type: 'Dataplane', mesh: 'default', name });

/** A proxy that was looked into. */
async function opened(): Promise<{ readonly cp: TestPlane; readonly client: AdsClient }> {
  const cp = await started(['web-1', 'web-2']);
  const client = cp.connect(new AdsClient('web-1', { secrets: ALL }));
  await soon(() => expect(namesOf(client)).toEqual(['ca', 'identity']));
  await look(cp, 'web-1');
  expect(namesOf(client)).toEqual(ALL);
  return { cp, client };
}

describe('the certificate of an admin listener', () => {
  it('costs nothing where nobody looks: no signature, no secret, no message', async () => {
    const cp = await started(['web-1', 'web-2']);
    const [seen, unseen] = ['web-1', 'web-2'].map((name) => cp.connect(new AdsClient(name, { secrets: ALL }))) as [AdsClient, AdsClient];
    await soon(() => expect([seen, unseen].map(namesOf)).toEqual([['ca', 'identity'], ['ca', 'identity']]));
    await soon(() => expect(cp.health).toHaveLength(2));
    await look(cp, 'web-1');
    await soon(() => expect(namesOf(seen)).toEqual(ALL));
    expect(cp.signer.admins).toBe(1);
    cp.give('web-2', smallSnapshot({ endpoints: '2' }), refsOf('web-2'));
    await soon(() => expect(unseen.envoy.held('eds')).toEqual({ backend: '2' }));
    expect(namesOf(unseen)).toEqual(['ca', 'identity']);
  });

  it('names its proxy, and is no identity of the workload', async () => {
    const { cp, client } = await opened();
    const secret = fromBinary(SecretSchema, client.secretBodies.get(CERTIFICATE) ?? new Uint8Array());
    if (secret.type.case !== 'tlsCertificate') throw new Error('no certificate');
    const pem = Buffer.from(secret.type.value.certificateChain?.specifier.value as Uint8Array);
    expect(new X509Certificate(pem).subjectAltName).toBe('DNS:dataplane.default.web-1');
    await vi.waitFor(async () => expect(await cp.observed('web-1')).toMatchObject({ mTLS: { issuedBackend: 'ca-1', certificateRegenerations: 1 } }), { timeout: 20_000, interval: 5 });
  });

  it('is made once for several who look at once, and not again for the next', async () => {
    const { cp, client } = await opened();
    await Promise.all([look(cp, 'web-1'), look(cp, 'web-1')]);
    const other = cp.connect(new AdsClient('web-2', { secrets: ALL }));
    await soon(() => expect(namesOf(other)).toEqual(['ca', 'identity']));
    await Promise.all([1, 2, 3].map(() => look(cp, 'web-2')));
    expect([namesOf(client), namesOf(other)]).toEqual([ALL, ALL]);
    expect(cp.signer.admins).toBe(2);
  });

  it('is kept over a restart of the server, as the leaf is', async () => {
    const { cp, client } = await opened();
    const before = client.envoy.held('sds');
    await cp.restart();
    cp.give('web-1', smallSnapshot({ endpoints: '2' }), refsOf('web-1'));
    client.connect(cp.port, cp.signer.caPem);
    await soon(() => expect(client.envoy.held('eds')).toEqual({ backend: '2' }));
    // It has said what it holds.
    await vi.waitFor(async () => expect(await cp.observed('web-1')).toMatchObject({ mTLS: { issuedBackend: 'ca-1' } }), { timeout: 20_000, interval: 5 });
    await look(cp, 'web-1');
    expect(client.envoy.held('sds')).toEqual(before);
    expect([cp.signer.leaves, cp.signer.admins]).toEqual([1, 1]);
  });

  it('is replaced by the first look after four fifths of its life', async () => {
    const { cp, client } = await opened();
    const first = client.envoy.held('sds')[CERTIFICATE];
    cp.clock.advance(19.3 * 3_600_000);
    expect(cp.signer.admins).toBe(1);
    await look(cp, 'web-1');
    expect(client.envoy.held('sds')[CERTIFICATE]).not.toBe(first);
    expect(cp.signer.admins).toBe(2);
  });

  it('whoever looks while nobody signs learns why, and the next look works', async () => {
    const cp = await started();
    cp.signer.refuseAdmins = true;
    const client = cp.connect(new AdsClient('web-1', { secrets: ALL }));
    await soon(() => expect(cp.health).toMatchObject([{ finding: { proxy: 'up' } }]));
    await expect(look(cp, 'web-1')).rejects.toMatchObject({ code: 'store/unavailable' });
    cp.signer.refuseAdmins = false;
    await look(cp, 'web-1');
    expect(namesOf(client)).toEqual(ALL);
  });

  it('is not waited for for ever: an Envoy that never asks for it is unreachable', async () => {
    const cp = await started();
    const client = cp.connect(new AdsClient('web-1', { secrets: ['identity', 'ca'] }));
    await soon(() => expect(namesOf(client)).toEqual(['ca', 'identity']));
    const looking = expect(look(cp, 'web-1')).rejects.toMatchObject({ code: 'proxy/unreachable' });
    await soon(() => expect(cp.signer.admins).toBe(1));
    let over = false;
    void looking.then(() => (over = true));
    await soon(() => {
      cp.clock.advance(1_000);
      expect(over).toBe(true);
    });
    await looking;
  });

  it('another CA gives a proxy that was looked into the new one at once, and a certificate of it at the next look', async () => {
    const { cp, client } = await opened();
    const before = client.envoy.held('sds');
    cp.signer.adminCaMore = cp.signer.caPem;
    cp.change({ op: 'envelope', key: { type: 'GlobalSecret', mesh: '', name: 'envoy-admin-ca' }, version: 2, digest: 'x' });
    cp.clock.advance(2_000);
    await soon(() => expect(client.envoy.held('sds')[CLIENT_CA]).not.toBe(before[CLIENT_CA]));
    expect(client.envoy.held('sds')[CERTIFICATE]).toBe(before[CERTIFICATE]);
    await look(cp, 'web-1');
    expect(client.envoy.held('sds')[CERTIFICATE]).not.toBe(before[CERTIFICATE]);
    expect(client.envoy.held('sds')['identity']).toBe(before['identity']);
  });
});
