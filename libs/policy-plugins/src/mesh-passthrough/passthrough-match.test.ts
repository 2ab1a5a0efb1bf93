import { describe, expect, it } from 'vitest';
import { matchName, passthroughMatches } from './passthrough-match.ts';

const names = (...appendMatch: readonly object[]): string[] => passthroughMatches({ appendMatch }).map((match) => matchName(match).replace('meshpassthrough_', ''));
const match = (type: string, value: string, more: object = {}) => ({ type, value, ...more });

describe('matches of MeshPassthrough', () => {
  it('stand in the order of protocols, kinds of values, ports and precision', () => {
    expect(names(
      match('Domain', '*.b.c', { protocol: 'tls', port: 443 }), match('Domain', 'x.b.c', { protocol: 'tls', port: 443 }), match('Domain', 'b.c', { protocol: 'tls', port: 8443 }),
      match('CIDR', '10.0.0.0/8', { port: 443 }), match('CIDR', '10.1.0.0/16', { port: 443 }), match('IP', 'fd00::1', { port: 443 }), match('IP', '10.1.1.1', { port: 443, protocol: 'mysql' }),
      match('Domain', 'a.b', { protocol: 'grpc', port: 1 }), match('Domain', 'a.b', { protocol: 'http', port: 2 }),
    )).toEqual(['mysql_10.1.1.1_443', 'tls_b.c_8443', 'tls_x.b.c_443', 'tls_*.b.c_443', 'tcp_fd00::1_443', 'tcp_10.1.0.0/16_443', 'tcp_10.0.0.0/8_443', 'http_a.b_2', 'grpc_a.b_1']);
  });

  it('without a port stand for every port that another names too, and each once', () => {
    expect(names(match('IP', '10.1.1.1'), match('IP', '10.1.1.1', { protocol: 'tcp' }), match('Domain', 'a.b', { protocol: 'tls', port: 443 }), match('IP', '10.1.1.1', { port: 443 })))
      .toEqual(['tls_a.b_443', 'tcp_10.1.1.1_443', 'tcp_10.1.1.1_*']);
  });

  it('cannot be two kinds of HTTP on one port, also where one of them names none', () => {
    const http = match('Domain', 'a.b', { protocol: 'http', port: 80 });
    expect(() => names(http, match('Domain', 'c.d', { protocol: 'grpc', port: 80 }))).toThrow('port 80 is to be http for a.b and grpc for c.d');
    expect(() => names(http, match('Domain', 'c.d', { protocol: 'http2' }))).toThrow('port 80');
    expect(names(http, match('Domain', 'c.d', { protocol: 'grpc', port: 81 }), match('IP', '10.1.1.1'))).toHaveLength(5);
  });
});
