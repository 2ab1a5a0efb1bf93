import { status } from '@grpc/grpc-js';
import type { Resource } from '@weft/resource-model';
import { generateSigningKey, issueToken, parseSigningKey, publicKeyPem } from '@weft/tokens';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AdsClient } from '../testing.ts';
import { dataplane, resourceOf, smallSnapshot, TestPlane } from '../testing/test-plane.ts';

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 5 });
const LABELS = { 'kuma.io/workload': 'web' };

/** MeshIdentity that selects everybody. */
function identity(path: string, ready = true): Resource {
  const spec = { selector: { dataplane: { matchLabels: {} } }, spiffeID: { trustDomain: 'td', path }, provider: { type: 'Bundled' } };
  return { ...resourceOf({ type: 'MeshIdentity', mesh: 'default', name: 'id' }, spec), status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', reason: '', message: '' }] } };
}

describe('a token where identities follow from the workload', () => {
  let plane: TestPlane | undefined;
  afterEach(async () => {
    await plane?.close();
    plane = undefined;
  });

  async function connect(given: { readonly labels?: Record<string, string>; readonly identity: Resource; readonly workload?: string }): Promise<AdsClient> {
    const key = parseSigningKey(Buffer.from(await generateSigningKey()));
    if (!key.ok) throw new Error(key.error);
    const publicKey = resourceOf({ type: 'TokenPublicKey', mesh: '', name: 'dataplane-default-1' }, { purpose: 'dataplane', mesh: 'default', kid: '1', publicKeyPem: publicKeyPem(key.value) });
    const cp = plane = await TestPlane.start({ authType: 'dpToken', resources: [{ ...dataplane('web-1'), labels: given.labels ?? {} }, given.identity, publicKey] });
    cp.give('web-1', smallSnapshot());
    const claims = { Name: 'web-1', Mesh: 'default', Tags: {}, Type: '', Workload: given.workload ?? '' };
    const token = await issueToken('dataplane', claims, { key: key.value, kid: '1', nowMs: cp.clock.now(), validForMs: 60_000 });
    return cp.connect(new AdsClient('web-1', { token }));
  }

  const byWorkload = identity('/workload/{{ .Workload }}');

  it.each([
    ['bound to the workload', { labels: LABELS, identity: byWorkload, workload: 'web' }],
    ['bound to none, where the path names no workload', { labels: LABELS, identity: identity('/x') }],
    ['bound to none, while the identity names nobody yet', { labels: LABELS, identity: identity('/{{ .Workload }}', false) }],
    ['of a proxy without the label, where the path names no workload', { identity: identity('/x') }],
  ])('lets in: %s', async (_name, given) => {
    const client = await connect(given);
    await soon(() => expect(client.envoy.held('cds')).toEqual({ backend: '1' }));
  });

  it.each([
    ['bound to none', { labels: LABELS, identity: byWorkload }, status.UNKNOWN, 'authentication failed: dataplane with "kuma.io/workload" label "web" derives its identity from the workload, so it requires a workload-bound token'],
    ['bound to none, where the path names the label', { labels: LABELS, identity: identity('/w/{{ label "kuma.io/workload" }}') }, status.UNKNOWN, 'requires a workload-bound token'],
    ['bound to another', { labels: LABELS, identity: byWorkload, workload: 'api' }, status.UNKNOWN, 'the token is for workload "api"'],
    ['of a proxy without the label', { identity: byWorkload }, status.FAILED_PRECONDITION, 'give the Dataplane the label kuma.io/workload'],
  ])('refuses: %s', async (_name, given, code, words) => {
    const client = await connect(given);
    await soon(() => expect(client.ended).toMatchObject({ code, details: expect.stringContaining(words) }));
    expect(client.envoy.held('cds')).toEqual({});
  });
});
