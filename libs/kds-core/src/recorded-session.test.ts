import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from '@weft/policy-model';
import type { Resource, ResourceType } from '@weft/resource-model';
import { formForZone, OutgoingView } from './outgoing-view.ts';
import { knownFeatures } from './peer-features.ts';
import { decodeResource } from './resource-codec.ts';
import type { SyncItem, SyncResponse } from './sync-message.ts';
import { SyncSender } from './sync-sender.ts';
import { decodeSyncRequest, decodeSyncResponse, encodeSyncRequest, encodeSyncResponse } from './sync-wire.ts';
import { syncedTypes } from './type-flow.ts';

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8'));
const types = (read('recorded-types.json') as Record<string, string[]>)['global-to-zone'] ?? [];
const recorded = (read('recorded-resources.json') as { direction: string; type: string; name: string; resource: string }[]).filter(({ direction }) => direction === 'global-to-zone');
const SIGNING_KEY = 'zone-token-signing-public-key-1.';

function typeOf(name: string): ResourceType {
  const type = weftRegistry.byName(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

function decoded(type: string, body: Uint8Array): Resource {
  const resource = decodeResource(typeOf(type), body);
  if (!resource.ok) throw new Error(resource.error);
  return resource.value;
}

/** What the global control plane that was recorded must have held, for a zone to get this: plain names, and its own labels. */
function origin(sent: Resource): Resource {
  const { 'kuma.io/origin': _, 'kuma.io/display-name': displayName, ...labels } = sent.labels;
  const remote = labels['kuma.io/zone'] !== undefined;
  return { ...sent, name: remote ? sent.name : displayName ?? sent.name, labels: remote ? { ...sent.labels, 'kuma.io/origin': 'zone' } : labels };
}

/** All recorded resources in their first form, by type and name. */
const first = new Map<string, Resource>();
for (const { type, name, resource } of recorded) if (!first.has(`${type} ${name}`)) first.set(`${type} ${name}`, decoded(type, new Uint8Array(Buffer.from(resource, 'base64'))));

describe('a recorded zone joins', () => {
  const peer = { zone: 'zone-1', features: knownFeatures(['zone-ping-health', 'hash-suffix', 'zone-token', 'hg-mz-selector', 'producer-policy-flow', 'optional-top-level-target-ref']) };
  const view = new OutgoingView(syncedTypes(weftRegistry, 'global-to-zone', false), formForZone(peer, { isEnabled: () => true }));
  for (const [key, resource] of first) {
    // The private key that was recorded stayed where it was.
    if (key.endsWith(SIGNING_KEY)) continue;
    const put = view.put(origin(resource));
    if (!put.ok) throw new Error(put.error);
  }
  view.put({ ...origin([...first.values()][0] as Resource), type: 'GlobalSecret', mesh: '', name: 'admin-user-token', labels: {}, spec: { data: btoa('stays') } });
  const sender = new SyncSender(view, { sender: 'global', nackBackoffMs: 5000, maxResponseBytes: 10 * 1024 * 1024, weftPeer: false });

  function ask(type: string): readonly SyncResponse[] {
    const request = decodeSyncRequest(encodeSyncRequest({ type, node: { id: 'zone-1' }, subscribe: true, initialVersions: new Map(), nonce: '' }));
    if (!request.ok) throw new Error(request.error);
    return sender.handle({ kind: 'request', request: request.value }).flatMap((effect) => {
      const response = effect.kind === 'send' ? decodeSyncResponse(encodeSyncResponse(effect.response)) : undefined;
      return response?.ok === true ? [response.value] : [];
    });
  }

  it('gets one response for each of its requests, with what it was sent then', () => {
    const responses = types.flatMap(ask);
    expect(responses.map(({ type, nonce, sender: by }) => `${nonce} ${type} ${by}`)).toEqual(types.map((type, index) => `${index + 1} ${type} global`));
    const sent = responses.flatMap(({ type, resources }) => resources.map(({ name, body }: SyncItem) => [`${type} ${name}`, decoded(type, body)] as const));
    const expected = [...first].filter(([key]) => !key.endsWith(SIGNING_KEY));
    expect(sent.map(([key]) => key).sort()).toEqual(expected.map(([key]) => key).sort());
    const byKey = new Map<string, Resource>(sent);
    for (const [key, resource] of expected) expect(byKey.get(key)).toEqual(resource);
  });
});
