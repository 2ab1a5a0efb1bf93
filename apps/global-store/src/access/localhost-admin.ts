import type { IncomingHttpHeaders } from 'node:http';

const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip'];

/**
 * Whether a request comes from the machine itself, and from no web page and no proxy on it: a loopback peer, no
 * forwarding header, a loopback `Host`, and where a browser says so, the same origin. Source: Kuma 2.14.
 */
export function isLocalAdmin(peerAddress: string | undefined, headers: IncomingHttpHeaders): boolean {
  return isLoopback(peerAddress ?? '')
    && PROXY_HEADERS.every((name) => headers[name] === undefined)
    && isLoopback(hostName(headers.host ?? ''))
    && ['undefined', 'same-origin', 'none'].includes(String(headers['sec-fetch-site']))
    && isOwnOrigin(headers.origin, headers.host ?? '');
}

function isOwnOrigin(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return ['http:', 'https:'].includes(url.protocol) && isLoopback(url.hostname) && url.host === host;
}

function hostName(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
}

function isLoopback(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/^::ffff:/, '');
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}
