import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bootstrapRequest, features } from './bootstrap-request.ts';
import { readRunSettings, type RunSettings } from './run-settings.ts';
import { DEFAULT_TRANSPARENT_PROXY } from './transparent-proxy-config.ts';

/** A request as kuma-dp 2.14.3 sends it. */
const recorded = JSON.parse(readFileSync(new URL('../testdata/explicit-outbounds.bootstrap-request.json', import.meta.url), 'utf8')) as Readonly<Record<string, unknown>>;

function settings(env: Readonly<Record<string, string>> = {}, flags = {}): RunSettings {
  const result = readRunSettings({ name: 'web-1', ...flags }, env);
  if (!result.ok) throw result.error;
  return result.value;
}
const facts = {
  name: 'web-1', mesh: 'default', resource: { type: 'Dataplane', mesh: 'default', name: 'web-1', json: '{"type":"Dataplane"}', redirected: false },
  token: 'a.b.c', tokenPath: '/run/token', caCert: 'PEM', envoy: { version: '1.39.3', build: 'x/1.39.3/Clean/RELEASE/BoringSSL' },
  workDir: '/run/dp', readinessPort: 9902, systemCaPath: '', operatingSystem: 'linux', hostHasIpv6: true, transparentProxy: undefined, parts: { dns: true, accessLogPipe: true, otel: { pipeEnabled: true } },
};
const NO_PARTS = { dns: false, accessLogPipe: false, otel: undefined };

describe('bootstrapRequest', () => {
  it('has the fields of a recorded request of kuma-dp, with the same kinds of values', () => {
    const ours = bootstrapRequest(settings(), facts);
    const expected = Object.entries(recorded).map(([key, value]) => [key, typeof value]).sort();
    expect(Object.entries(ours).map(([key, value]) => [key, typeof value]).sort()).toEqual(expected);
    expect(ours['dataplaneResource']).toBe('{"type":"Dataplane"}');
  });

  it('leaves out what was not given', () => {
    const ours = bootstrapRequest(settings(), { ...facts, resource: undefined, token: undefined, tokenPath: undefined });
    expect(Object.keys(ours)).not.toContain('dataplaneResource');
    expect(Object.keys(ours)).not.toContain('dataplaneToken');
  });

  it('announces delta unless told otherwise, and options when they are on', () => {
    expect(features(settings(), NO_PARTS)).toEqual(['feature-strict-inbound-ports', 'feature-reuse-port', 'feature-delta-grpc']);
    expect(features(settings({ KUMA_DATAPLANE_RUNTIME_ENVOY_XDS_TRANSPORT_PROTOCOL_VARIANT: 'GRPC', WEFT_DATAPLANE_RUNTIME_REUSE_PORT_ENABLED: 'false' }, { 'bind-outbounds': 'true' }), NO_PARTS))
      .toEqual(['feature-strict-inbound-ports', 'feature-bind-outbounds']);
  });

  it('announces the parts of the agent that run, and how connections are redirected', () => {
    const ours = bootstrapRequest(settings({}, { 'transparent-proxy': true }), { ...facts, transparentProxy: { ...DEFAULT_TRANSPARENT_PROXY, outbound: { enabled: true, port: 16_001 } } });
    expect(ours['features']).toEqual(['feature-tcp-accesslog-via-named-pipe', 'feature-otel-via-kuma-dp', 'feature-embedded-dns', 'feature-strict-inbound-ports', 'feature-reuse-port', 'feature-delta-grpc', 'feature-transparent-proxy-in-dataplane-metadata']);
    const redirect = { inbound: { enabled: true, port: 15_006 }, outbound: { enabled: true, port: 16_001 }, dns: { enabled: true, port: 15_054 } };
    expect(ours['dataplaneConfig']).toEqual({ ipFamilyMode: 'DualStack', redirect });
    const without = bootstrapRequest(settings(), { ...facts, hostHasIpv6: false, transparentProxy: DEFAULT_TRANSPARENT_PROXY });
    expect([without['ipv6Enabled'], without['dataplaneConfig']]).toMatchObject([false, { ipFamilyMode: 'IPv4' }]);
  });
});
