import { describe, expect, it } from 'vitest';
import { DEFAULT_TRANSPARENT_PROXY, readTransparentProxyConfig } from './transparent-proxy-config.ts';

describe('readTransparentProxyConfig', () => {
  it('has the defaults of the installer, and takes each document over those before it', () => {
    expect(readTransparentProxyConfig([])).toEqual({ ok: true, value: DEFAULT_TRANSPARENT_PROXY });
    const read = readTransparentProxyConfig([
      'ipFamilyMode: ipv4\nredirect: {inbound: {port: 16006, excludePorts: "22"}, dns: {port: 53053, enabled: true}}',
      '{"redirect": {"outbound": {"enabled": false}, "vnet": {"networks": ["docker0:172.17.0.0/16"]}, "dns": {"resolvConfigPath": "/run/resolv.conf"}}}',
      '',
    ]);
    expect(read).toEqual({ ok: true, value: { ipv6: false, inbound: { enabled: true, port: 16_006 }, outbound: { enabled: false, port: 15_001 }, dnsPort: 53_053, virtualNetworks: true, resolvConf: '/run/resolv.conf' } });
  });

  it.each([['a: [', 'flow'], ['[1]', 'YAML object'], ['redirect: {dns: {port: 70000}}', 'redirect.dns.port: 70000 is no port'], ['ipFamilyMode: ipv6', 'neither dualstack nor ipv4']])('refuses %s', (text, why) => {
    const read = readTransparentProxyConfig([text]);
    expect(read.ok ? '' : `${read.error.code} ${read.error.message}`).toMatch(/^config\/invalid --transparent-proxy-config/);
    expect(read.ok ? '' : read.error.message.toLowerCase()).toContain(why.toLowerCase());
  });
});
