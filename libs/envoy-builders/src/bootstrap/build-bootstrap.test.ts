import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromJson, type JsonObject } from '@bufbuild/protobuf';
import { BootstrapSchema } from '@weft/envoy-proto/envoy/config/bootstrap/v3/bootstrap_pb.js';
import { envoyRegistry } from '@weft/envoy-proto/registry.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { BootstrapInput } from './bootstrap-input.ts';
import { buildBootstrap } from './build-bootstrap.ts';
import { bootstrapInput } from '../testing.ts';

const TESTDATA = fileURLToPath(new URL('../../testdata/bootstrap/', import.meta.url));

interface RecordedRequest {
  readonly mesh: string; readonly name: string; readonly proxyType: BootstrapInput['proxyType']; readonly dataplaneToken: string; readonly dataplaneResource: string;
  readonly version: JsonObject; readonly caCert: string; readonly otelEnv: JsonObject; readonly dnsPort: number; readonly readinessPort: number; readonly features: string[];
  readonly workdir: string; readonly systemCaPath: string; readonly ipv6Enabled: boolean;
}

/** Cases whose mesh has `meshServices.mode: Exclusive`: only there do agents get the unified names. */
const EXCLUSIVE = new Set(['meshidentity-transparent-proxy-unified']);

/** What a control plane makes of the recorded request; `Host: cp.local:15678`. */
function inputOf(request: RecordedRequest, exclusive: boolean): BootstrapInput {
  const resource = JSON.parse(request.dataplaneResource) as { networking: { inbound?: { tags: Record<string, string> }[] } };
  const service = resource.networking.inbound?.[0]?.tags['kuma.io/service'];
  return bootstrapInput({
    mesh: request.mesh, name: request.name, proxyType: request.proxyType, service, xds: { host: 'cp.local', port: 15678, caPem: request.caCert }, token: { kind: 'inline', token: request.dataplaneToken },
    unifiedNaming: exclusive && request.features.includes('feature-unified-resource-naming'), workdir: request.workdir, features: request.features, version: request.version,
    resourceText: request.dataplaneResource, dnsPort: request.dnsPort, readinessPort: request.readinessPort, ipv6Enabled: request.ipv6Enabled, systemCaPath: request.systemCaPath, otelEnv: request.otelEnv,
  });
}

const read = (file: string): string => readFileSync(`${TESTDATA}${file}`, 'utf8');
const cases = readdirSync(TESTDATA).filter((file) => file.endsWith('.request.json')).map((file) => file.replace('.request.json', ''));

describe('buildBootstrap', () => {
  it.each(cases)('gives what Kuma 2.14.3 gave: %s', (name) => {
    const request = JSON.parse(read(`${name}.request.json`)) as RecordedRequest;
    expect(featuresSorted(buildBootstrap(inputOf(request, EXCLUSIVE.has(name))))).toEqual(featuresSorted(parse(read(`${name}.bootstrap.yaml`)) as JsonObject));
  });

  it('reads the token from a file by google_grpc', () => {
    const bootstrap = buildBootstrap(bootstrapInput({ token: { kind: 'file', path: '/run/token' }, delta: true }));
    const { adsConfig } = bootstrap['dynamicResources'] as { adsConfig: JsonObject };
    expect(adsConfig).toMatchObject({ apiType: 'DELTA_GRPC', grpcServices: [{ googleGrpc: { targetUri: 'cp.local:5678', credentialsFactoryName: 'envoy.grpc_credentials.file_based_metadata' } }] });
    expect(JSON.stringify(adsConfig)).toContain('"filename":"/run/token"');
  });

  it('uses addresses as they are, without a server name', () => {
    const bootstrap = buildBootstrap(bootstrapInput({ xds: { host: '127.0.0.1', port: 5678, caPem: 'CA' }, token: undefined, admin: { address: '127.0.0.1', port: 19000 } }));
    const [, ads] = (bootstrap['staticResources'] as { clusters: JsonObject[] }).clusters;
    expect(ads).toMatchObject({ type: 'STATIC' });
    expect(JSON.stringify(ads)).not.toContain('sni');
    expect(JSON.stringify(bootstrap)).not.toContain('authorization');
    expect(bootstrap['admin']).toMatchObject({ address: { socketAddress: { address: '127.0.0.1', portValue: 19000 } } });
  });

  it('is a Bootstrap message', () => {
    for (const token of [undefined, { kind: 'file', path: '/t' }, { kind: 'inline', token: 't' }] as const) {
      expect(() => fromJson(BootstrapSchema, buildBootstrap(bootstrapInput({ token })), { registry: envoyRegistry })).not.toThrow();
    }
  });
});

/** Their order says nothing, and differs in what was recorded. */
function featuresSorted(bootstrap: JsonObject): JsonObject {
  const { metadata } = bootstrap['node'] as { metadata: { features: string[] } };
  metadata.features.sort();
  return bootstrap;
}
