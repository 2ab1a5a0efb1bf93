import type { Protocol } from './proxy-view.ts';

const KNOWN: readonly Protocol[] = ['http', 'http2', 'grpc', 'tcp', 'kafka'];

/** The protocol that a tag or field names; whatever Weft does not know is handled as tcp. */
export function protocolOf(text: string | undefined): Protocol {
  return KNOWN.find((protocol) => protocol === text?.toLowerCase()) ?? 'tcp';
}

/** Whether requests of the protocol can be routed one by one. */
export function isHttp(protocol: Protocol): boolean {
  return protocol === 'http' || protocol === 'http2' || protocol === 'grpc';
}
