import fc from 'fast-check';
import { fromBinary, toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DeltaDiscoveryRequestSchema, DeltaDiscoveryResponseSchema } from '@weft/envoy-proto/envoy/service/discovery/v3/discovery_pb.js';
import { kdsRegistry } from '@weft/kds-proto/registry.js';
import { decodeSyncRequest, decodeSyncResponse, encodeSyncRequest, encodeSyncResponse } from './sync-wire.ts';

const asJson = (bytes: Uint8Array): unknown => toJson(DeltaDiscoveryRequestSchema, fromBinary(DeltaDiscoveryRequestSchema, bytes));

describe('requests', () => {
  it('stand on the wire as recorded: first request, ACK, NACK', () => {
    const none = new Map<string, string>();
    const metadata = { features: ['hash-suffix'], config: '{}' };
    expect(asJson(encodeSyncRequest({ type: 'Mesh', node: { id: 'zone-1', metadata }, subscribe: true, initialVersions: none, nonce: '' }))).toEqual({ node: { id: 'zone-1', metadata }, typeUrl: 'Mesh', resourceNamesSubscribe: ['*'] });
    expect(asJson(encodeSyncRequest({ type: 'Mesh', node: { id: 'zone-1' }, subscribe: false, initialVersions: none, nonce: '3' }))).toEqual({ node: { id: 'zone-1' }, typeUrl: 'Mesh', responseNonce: '3' });
    expect(asJson(encodeSyncRequest({ type: 'Mesh', node: { id: 'zone-1' }, subscribe: true, initialVersions: none, nonce: '3', error: 'no' }))).toMatchObject({ resourceNamesSubscribe: ['*'], responseNonce: '3', errorDetail: { message: 'no' } });
  });

  it('read back as they were', () => {
    const word = fc.string({ maxLength: 8 });
    const request = fc.record({ type: word, subscribe: fc.boolean(), initialVersions: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), word).map((record) => new Map(Object.entries(record))), nonce: word, error: word });
    fc.assert(fc.property(request, (given) => {
      expect(decodeSyncRequest(encodeSyncRequest(given))).toEqual({ ok: true, value: given });
    }));
    const described = { type: 'Mesh', node: { id: 'z', metadata: { features: ['a'] } }, subscribe: true, initialVersions: new Map<string, string>(), nonce: '' };
    expect(decodeSyncRequest(encodeSyncRequest(described))).toEqual({ ok: true, value: described });
  });
});

describe('responses', () => {
  it('read back as they were, and have the form of the recorded ones', () => {
    for (const scope of ['stock', 'part', 'last'] as const) {
      const given = { type: 'Mesh', nonce: '7', sender: 'global', scope, resources: [{ name: 'default.', version: 'v', body: Uint8Array.of(10, 3, 10, 1, 97) }], removed: ['gone.'] };
      const bytes = encodeSyncResponse(given);
      expect(decodeSyncResponse(bytes)).toEqual({ ok: true, value: given });
      if (scope !== 'stock') continue;
      expect(toJson(DeltaDiscoveryResponseSchema, fromBinary(DeltaDiscoveryResponseSchema, bytes), { registry: kdsRegistry })).toEqual({
        typeUrl: 'Mesh', nonce: '7', controlPlane: { identifier: 'global' }, removedResources: ['gone.'],
        resources: [{ name: 'default.', version: 'v', resource: { '@type': 'type.googleapis.com/kuma.mesh.v1alpha1.KumaResource', meta: { name: 'a' } } }],
      });
    }
  });
});

it('bytes that are no message never throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    for (const read of [decodeSyncRequest(bytes), decodeSyncResponse(bytes)]) if (!read.ok) expect(read.error).toMatch(/^malformed sync re/);
  }));
});
