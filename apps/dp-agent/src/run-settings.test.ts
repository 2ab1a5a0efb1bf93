import { describe, expect, it } from 'vitest';
import { readRunSettings } from './run-settings.ts';

const settings = (flags: Parameters<typeof readRunSettings>[0], env: Parameters<typeof readRunSettings>[1] = {}) => {
  const result = readRunSettings(flags, env);
  if (!result.ok) throw result.error;
  return result.value;
};
const problems = (flags: Parameters<typeof readRunSettings>[0], env: Parameters<typeof readRunSettings>[1] = {}): readonly string[] => {
  const result = readRunSettings(flags, env);
  return result.ok ? [] : result.error.violations.map(({ path }) => path);
};

describe('readRunSettings', () => {
  it('has the defaults of the reference', () => {
    expect(settings({ name: 'web-1' })).toMatchObject({
      name: 'web-1', mesh: undefined, proxyType: 'dataplane', drainTimeMs: 30_000, dnsEnvoyPort: 15_054, deltaXds: true,
      reusePort: true, otelPipe: true, strictInboundPorts: true, bindOutbounds: false, skipVerify: false, retryBackoffMs: 3000, retryMaxDurationMs: 300_000,
    });
    expect(settings({ name: 'web-1' }).cpAddress.href).toBe('https://localhost:5678/');
  });

  it('lets a variable override a flag, and WEFT_ override KUMA_', () => {
    expect(settings({ name: 'flag', 'drain-time': '1s' }, { KUMA_DATAPLANE_NAME: 'kuma', WEFT_DATAPLANE_NAME: 'weft', KUMA_DATAPLANE_DRAIN_TIME: '2s' }))
      .toMatchObject({ name: 'weft', drainTimeMs: 2000 });
  });

  it('names every bad value at once, as it was given', () => {
    expect(problems({ name: 'x', 'drain-time': 'soon', concurrency: '-1', 'proxy-type': 'foo', 'dataplane-var': ['a'] }, { KUMA_READINESS_PORT: '70000' }))
      .toEqual(['--drain-time', '--concurrency', 'KUMA_READINESS_PORT', '--proxy-type', '--dataplane-var']);
  });

  it('refuses combinations that contradict each other', () => {
    expect(problems({})).toEqual(['--name']);
    expect(problems({ 'dataplane-file': 'web.yaml', name: 'web' })).toEqual(['--name']);
    expect(problems({ 'dataplane-file': 'web.yaml', dataplane: 'x' })).toEqual(['--dataplane']);
    expect(problems({ name: 'x', 'dataplane-token': 'a', 'dataplane-token-file': 'b' })).toEqual(['--dataplane-token']);
  });

  it('accepts a bare boolean flag and one with a value, and names what has no meaning here', () => {
    expect(settings({ name: 'x', 'bind-outbounds': true, 'dns-enabled': 'false' })).toMatchObject({ bindOutbounds: true, dnsEnabled: false });
    expect(settings({ name: 'x', 'dns-coredns-path': '/bin/coredns' }).ignored).toEqual(['--dns-coredns-path']);
  });

  it('takes a configuration of the redirection for a redirection, and the port of names from either of Kuma\'s variables', () => {
    expect(settings({ name: 'x' })).toMatchObject({ transparentProxy: false, transparentProxyConfigs: [], dnsProxyPort: undefined, dynamicConfigIntervalMs: 1000 });
    expect(settings({ name: 'x', 'transparent-proxy-config': ['a.yaml', '-'] })).toMatchObject({ transparentProxy: true, transparentProxyConfigs: ['a.yaml', '-'] });
    expect(settings({ name: 'x', 'dns-coredns-port': '15153' }).dnsProxyPort).toBe(15_153);
    expect(settings({ name: 'x', 'dns-coredns-port': '15153' }, { KUMA_DNS_PROXY_PORT: '0' }).dnsProxyPort).toBe(0);
  });

  it('reads variables of the resource, with = in the value', () => {
    expect([...settings({ name: 'x', 'dataplane-var': ['a=1', 'b=c=d'] }).dataplaneVars]).toEqual([['a', '1'], ['b', 'c=d']]);
  });
});
