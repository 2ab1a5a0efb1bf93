export { AdsStream } from './ads-stream.ts';
export { deltaProtocol } from './delta-protocol.ts';
export { parseDeltaRequest, parseSotwRequest, type DeltaRequest, type MalformedRequest, type SotwRequest } from './discovery-request.ts';
export type { Protocol } from './protocol.ts';
export { TYPE_URLS, XDS_TYPES, type ChangedNames, type ProxySnapshot, type SharedResource, type XdsType } from './shared-resource.ts';
export { sotwProtocol } from './sotw-protocol.ts';
export { parseSecretVersions, stateVersion } from './state-version.ts';
export type { StreamEffect, StreamEvent } from './stream-event.ts';
