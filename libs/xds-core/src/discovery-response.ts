import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { fragmentOf } from './resource-fragment.ts';
import { TYPE_URLS, type SharedResource, type XdsType } from './shared-resource.ts';

/** A response before encoding. */
export interface ResponseParts {
  readonly type: XdsType;
  readonly nonce: string;
  readonly resources: readonly SharedResource[];
  /** Names of removed resources (delta only). */
  readonly removed: readonly string[];
  /** Version of the type (SotW only). */
  readonly version: string;
}

/** `envoy.service.discovery.v3.DeltaDiscoveryResponse`, put together from the resources' cached fragments. */
export function encodeDeltaResponse(parts: ResponseParts): Uint8Array {
  const rest = new BinaryWriter()
    .tag(4, WireType.LengthDelimited).string(TYPE_URLS[parts.type])
    .tag(5, WireType.LengthDelimited).string(parts.nonce);
  for (const name of parts.removed) rest.tag(6, WireType.LengthDelimited).string(name);
  return concat(parts.resources, (resource) => fragmentOf(resource).delta, rest.finish());
}

/** `envoy.service.discovery.v3.DiscoveryResponse`, put together from the resources' cached fragments. */
export function encodeSotwResponse(parts: ResponseParts): Uint8Array {
  const rest = new BinaryWriter()
    .tag(1, WireType.LengthDelimited).string(parts.version)
    .tag(4, WireType.LengthDelimited).string(TYPE_URLS[parts.type])
    .tag(5, WireType.LengthDelimited).string(parts.nonce);
  return concat(parts.resources, (resource) => fragmentOf(resource).sotw, rest.finish());
}

function concat(resources: readonly SharedResource[], head: (resource: SharedResource) => Uint8Array, tail: Uint8Array): Uint8Array {
  let size = tail.length;
  for (const resource of resources) size += head(resource).length + resource.body.length;
  const message = new Uint8Array(size);
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    message.set(bytes, at);
    at += bytes.length;
  };
  for (const resource of resources) {
    put(head(resource));
    put(resource.body);
  }
  put(tail);
  return message;
}
