import { create, fromBinary, toBinary, type JsonObject, type MessageInitShape } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { DeltaDiscoveryRequestSchema, DeltaDiscoveryResponseSchema } from '@weft/envoy-proto/envoy/service/discovery/v3/discovery_pb.js';
import { err, ok, type Result } from '@weft/kernel';
import { KUMA_RESOURCE_URL } from './resource-codec.ts';
import type { SyncRequest, SyncResponse, SyncScope } from './sync-message.ts';

/** What stands in `system_version_info`, which stock peers leave empty. */
const SCOPES: Readonly<Record<SyncScope, string>> = { stock: '', part: 'weft:part', last: 'weft:last' };
const INTERNAL = 13;

/** A request as `envoy.service.discovery.v3.DeltaDiscoveryRequest`. */
export function encodeSyncRequest({ type, node, subscribe, initialVersions, nonce, error }: SyncRequest): Uint8Array {
  const init: MessageInitShape<typeof DeltaDiscoveryRequestSchema> = {
    ...(node && { node: { id: node.id, ...(node.metadata && { metadata: node.metadata as JsonObject }) } }),
    typeUrl: type,
    resourceNamesSubscribe: subscribe ? ['*'] : [],
    initialResourceVersions: Object.fromEntries(initialVersions),
    responseNonce: nonce,
    ...(error !== undefined && { errorDetail: { code: INTERNAL, message: error } }),
  };
  return toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, init));
}

/** Reads a request. The error says what is wrong with the bytes. Never throws. */
export function decodeSyncRequest(bytes: Uint8Array): Result<SyncRequest, string> {
  return reading('request', () => {
    const { typeUrl, node, resourceNamesSubscribe, initialResourceVersions, responseNonce, errorDetail } = fromBinary(DeltaDiscoveryRequestSchema, bytes);
    return {
      type: typeUrl,
      ...(node && { node: { id: node.id, ...(node.metadata && { metadata: node.metadata }) } }),
      subscribe: resourceNamesSubscribe.length > 0,
      initialVersions: new Map(Object.entries(initialResourceVersions)),
      nonce: responseNonce,
      ...(errorDetail && { error: errorDetail.message }),
    };
  });
}

/** A response as `envoy.service.discovery.v3.DeltaDiscoveryResponse`. */
export function encodeSyncResponse({ type, nonce, sender, scope, resources, removed }: SyncResponse): Uint8Array {
  return toBinary(DeltaDiscoveryResponseSchema, create(DeltaDiscoveryResponseSchema, {
    typeUrl: type,
    nonce,
    controlPlane: { identifier: sender },
    systemVersionInfo: SCOPES[scope],
    resources: resources.map(({ name, version, body }) => ({ name, version, resource: create(AnySchema, { typeUrl: KUMA_RESOURCE_URL, value: body }) })),
    removedResources: [...removed],
  }));
}

/** Reads a response. The error says what is wrong with the bytes. Never throws. */
export function decodeSyncResponse(bytes: Uint8Array): Result<SyncResponse, string> {
  return reading('response', () => {
    const { typeUrl, nonce, controlPlane, systemVersionInfo, resources, removedResources } = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    return {
      type: typeUrl,
      nonce,
      sender: controlPlane?.identifier ?? '',
      scope: systemVersionInfo === SCOPES.part ? 'part' : systemVersionInfo === SCOPES.last ? 'last' : 'stock',
      resources: resources.map(({ name, version, resource }) => ({ name, version, body: resource?.value ?? new Uint8Array() })),
      removed: removedResources,
    };
  });
}

function reading<T>(what: string, read: () => T): Result<T, string> {
  try {
    return ok(read());
  } catch (caught) {
    return err(`malformed sync ${what}: ${caught instanceof Error ? caught.message : String(caught)}`);
  }
}
