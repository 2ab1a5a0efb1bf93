export { askForHeartbeats, isHeartbeat, onHeartbeatsAsked, sendHeartbeat } from './heartbeat.ts';
export { kdsServices, type KdsHandlers, type KdsServerStream } from './kds-services.ts';
export { openKdsLink, type KdsClientStream, type KdsLink, type KdsLinkOptions } from './kds-link.ts';
export { KDS_MESSAGE_LIMIT, type KdsStreamName } from './kds-definitions.ts';
export { readZoneCall, writeZoneCall, type ZoneCall } from './zone-call.ts';
