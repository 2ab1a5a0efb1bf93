import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isLocalAdmin } from './localhost-admin.ts';

const HOST = { host: 'localhost:5681' };

describe('localhost is admin', () => {
  it.each<[string, string, IncomingHttpHeaders]>([
    ['IPv4 loopback', '127.0.0.1', { host: '127.0.0.1:5681' }],
    ['another loopback address', '127.0.3.4', HOST],
    ['IPv6 loopback', '::1', { host: '[::1]:5681' }],
    ['IPv4 in IPv6', '::ffff:127.0.0.1', HOST],
    ['a page of the same origin', '127.0.0.1', { ...HOST, origin: 'http://localhost:5681', 'sec-fetch-site': 'same-origin' }],
    ['an address typed into a browser', '127.0.0.1', { ...HOST, 'sec-fetch-site': 'none' }],
  ])('for %s', (_name, peer, headers) => {
    expect(isLocalAdmin(peer, headers)).toBe(true);
  });

  it.each<[string, string | undefined, IncomingHttpHeaders]>([
    ['another machine', '10.0.0.1', HOST],
    ['an unknown peer', undefined, HOST],
    ['a proxy on the machine (X-Forwarded-For)', '127.0.0.1', { ...HOST, 'x-forwarded-for': '10.0.0.1' }],
    ['a proxy on the machine (Forwarded)', '127.0.0.1', { ...HOST, forwarded: 'for=10.0.0.1' }],
    ['a proxy on the machine (X-Real-IP)', '127.0.0.1', { ...HOST, 'x-real-ip': '127.0.0.1' }],
    ['a name that resolves to loopback (DNS rebinding)', '127.0.0.1', { host: 'evil.example:5681' }],
    ['no host', '127.0.0.1', {}],
    ['a page of another site', '127.0.0.1', { ...HOST, 'sec-fetch-site': 'cross-site' }],
    ['a page of another origin', '127.0.0.1', { ...HOST, origin: 'http://evil.example' }],
    ['a page of another port', '127.0.0.1', { ...HOST, origin: 'http://localhost:8080' }],
    ['an opaque origin', '127.0.0.1', { ...HOST, origin: 'null' }],
    ['a host that only starts like loopback', '127.0.0.1', { host: '127.0.0.1.evil.example' }],
  ])('not for %s', (_name, peer, headers) => {
    expect(isLocalAdmin(peer, headers)).toBe(false);
  });
});
