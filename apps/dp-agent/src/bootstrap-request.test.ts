import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bootstrapRequest, features } from './bootstrap-request.ts';
import { readRunSettings, type RunSettings } from './run-settings.ts';

/** A request as kuma-dp 2.14.3 sends it. */
const recorded = JSON.parse(readFileSync(new URL('../testdata/explicit-outbounds.bootstrap-request.json', import.meta.url), 'utf8')) as Readonly<Record<string, unknown>>;

function settings(env: Readonly<Record<string, string>> = {}, flags = {}): RunSettings {
  const result = readRunSettings({ name: 'web-1', ...flags }, env);
  if (!result.ok) throw result.error;
  return result.value;
}
const facts = {
  name: 'web-1', mesh: 'default', resource: { type: 'Dataplane', mesh: 'default', name: 'web-1', json: '{"type":"Dataplane"}' },
  token: 'a.b.c', tokenPath: '/run/token', caCert: 'PEM', envoy: { version: '1.39.3', build: 'x/1.39.3/Clean/RELEASE/BoringSSL' },
  workDir: '/run/dp', readinessPort: 9902, systemCaPath: '', operatingSystem: 'linux',
};

describe('bootstrapRequest', () => {
  it('has the fields of a recorded request of kuma-dp, with the same kinds of values', () => {
    const ours = bootstrapRequest(settings(), facts);
    // otelEnv belongs to a feature that is not announced.
    const expected = Object.entries(recorded).filter(([key]) => key !== 'otelEnv').map(([key, value]) => [key, typeof value]).sort();
    expect(Object.entries(ours).map(([key, value]) => [key, typeof value]).sort()).toEqual(expected);
    expect(ours['dataplaneResource']).toBe('{"type":"Dataplane"}');
  });

  it('leaves out what was not given', () => {
    const ours = bootstrapRequest(settings(), { ...facts, resource: undefined, token: undefined, tokenPath: undefined });
    expect(Object.keys(ours)).not.toContain('dataplaneResource');
    expect(Object.keys(ours)).not.toContain('dataplaneToken');
  });

  it('announces delta unless told otherwise, and options when they are on', () => {
    expect(features(settings())).toEqual(['feature-strict-inbound-ports', 'feature-reuse-port', 'feature-delta-grpc']);
    expect(features(settings({ KUMA_DATAPLANE_RUNTIME_ENVOY_XDS_TRANSPORT_PROTOCOL_VARIANT: 'GRPC', WEFT_DATAPLANE_RUNTIME_REUSE_PORT_ENABLED: 'false' }, { 'bind-outbounds': 'true' })))
      .toEqual(['feature-strict-inbound-ports', 'feature-bind-outbounds']);
  });
});
