import { Metadata } from '@grpc/grpc-js';
import type { KdsClientStream } from './kds-link.ts';
import type { KdsServerStream } from './kds-services.ts';

/** No request has no bytes: each names its type. */
const HEARTBEAT = new Uint8Array();

/** Header of a global control plane's answer on `globalToZone`: how often it wants a heartbeat, in milliseconds. Weft's own. */
const HEADER = 'weft-heartbeat-ms';

/** Whether a message on `globalToZone` says no more than that the zone lives. */
export function isHeartbeat(message: Uint8Array): boolean {
  return message.length === 0;
}

/** Asks a zone of Weft for a heartbeat on its open stream `globalToZone`. Before anything is written there. */
export function askForHeartbeats(stream: KdsServerStream, everyMs: number): void {
  const metadata = new Metadata();
  metadata.set(HEADER, String(everyMs));
  stream.sendMetadata(metadata);
}

/** Calls `listener` once a global control plane of Weft asks for heartbeats; a stock one never does. */
export function onHeartbeatsAsked(stream: KdsClientStream, listener: (everyMs: number) => void): void {
  stream.on('metadata', (metadata: Metadata) => {
    const everyMs = Number(metadata.get(HEADER)[0] ?? 0);
    if (everyMs > 0) listener(everyMs);
  });
}

/** Says on `globalToZone` that this zone lives; nothing where earlier messages still wait to be taken. */
export function sendHeartbeat(stream: KdsClientStream): void {
  if (!stream.writableNeedDrain) stream.write(HEARTBEAT);
}
