import { describe, expect, it } from 'vitest';
import { violationsOf } from '../testing.ts';
import { externalServiceType } from './external-service/external-service.ts';
import { hostnameGeneratorType } from './hostname-generator/hostname-generator.ts';
import { meshExternalServiceType } from './mesh-external-service/mesh-external-service.ts';
import { meshGatewayType } from './mesh-gateway/mesh-gateway.ts';
import { meshMultiZoneServiceType } from './mesh-multi-zone-service/mesh-multi-zone-service.ts';
import { meshOpenTelemetryBackendType } from './mesh-open-telemetry-backend/mesh-open-telemetry-backend.ts';
import { meshZoneAddressType } from './mesh-zone-address/mesh-zone-address.ts';
import { virtualOutboundType } from './virtual-outbound/virtual-outbound.ts';
import { zoneEgressType } from './zone-egress/zone-egress.ts';
import { zoneIngressType } from './zone-ingress/zone-ingress.ts';

const GATEWAY = { selectors: [{ match: { 'kuma.io/service': 'edge' } }] };
const PORT = 'port must be in the range [1, 65535]';

describe('types whose effect comes later', () => {
  it.each([
    ['ExternalService', externalServiceType, { networking: { address: 'httpbin.org:443', tls: { enabled: true } }, tags: { 'kuma.io/service': 'httpbin' } }, []],
    ['ExternalService, all wrong', externalServiceType, { networking: { address: 'httpbin.org' } }, ['networking.address: address has to be in a form of host:port', 'tags["kuma.io/service"]: tag has to exist']],
    ['MeshGateway', meshGatewayType, { ...GATEWAY, conf: { listeners: [{ port: 80, protocol: 4 }, { port: 443, protocol: 'HTTPS', tls: { mode: 'TERMINATE', certificates: [{ secret: 's' }] } }] } }, []],
    ['MeshGateway with a clash', meshGatewayType, { ...GATEWAY, tags: { 'kuma.io/service': 'x' }, conf: { listeners: [{ port: 80, protocol: 'HTTP' }, { port: 80, protocol: 'TCP' }] } }, [
      'tags["kuma.io/service"]: tag name must not be "kuma.io/service"', 'conf.listeners[1].protocol: port 80 has another protocol already', 'conf.listeners[1].hostname: port 80 has a listener with this hostname already',
    ]],
    ['ZoneIngress', zoneIngressType, { networking: { address: '10.0.0.1', port: 10001, advertisedAddress: '1.2.3.4', advertisedPort: 30001 } }, []],
    ['ZoneIngress half advertised', zoneIngressType, { networking: { address: '10.0.0.1', advertisedAddress: '1.2.3.4' } }, [`networking.port: ${PORT}`, 'networking: has to contain both advertisedAddress and advertisedPort, or none of them']],
    ['ZoneEgress', zoneEgressType, { networking: { port: 10002 } }, ["networking.address: address can't be empty"]],
    ['MeshExternalService', meshExternalServiceType, { match: { port: 443 }, endpoints: [{ address: 'example.com', port: 443 }] }, []],
    ['MeshExternalService to nowhere', meshExternalServiceType, { match: { port: 0 }, tls: { verification: { clientCert: { secret: 'c' } } } }, [
      `spec.match.port: ${PORT}`, 'spec.endpoints: must be defined when no extension is', 'spec.tls.verification: clientCert and clientKey must be defined together',
    ]],
    ['MeshMultiZoneService', meshMultiZoneServiceType, { selector: { meshService: {} }, ports: [{ port: 80 }, { port: 80 }] }, ['spec.selector.meshService.matchLabels: cannot be empty', 'spec.ports[1].port: port 80 is already used by another entry']],
    ['MeshZoneAddress', meshZoneAddressType, { address: '0.0.0.0', port: 70_000 }, ['spec.address: must not be 0.0.0.0 or ::', `spec.port: ${PORT}`]],
    ['MeshOpenTelemetryBackend', meshOpenTelemetryBackendType, { endpoint: { address: 'otel', path: 'v1' } }, ['spec.endpoint.path: must not be set unless protocol is http', 'spec.endpoint.path: must start with /']],
    ['HostnameGenerator', hostnameGeneratorType, { selector: { meshService: { matchLabels: { 'kuma.io/origin': 'zone' } } }, template: '{{ .DisplayName }}.svc.mesh.local' }, []],
    ['HostnameGenerator of nothing', hostnameGeneratorType, { template: '' }, ['spec.selector: exactly one selector (meshService, meshMultiZoneService, meshExternalService) must be specified', 'spec.template: must not be empty']],
    ['VirtualOutbound', virtualOutboundType, { selectors: [{ match: { 'kuma.io/service': '*' } }], conf: { host: '{{.service}}.mesh', port: '80', parameters: [{ name: 'service', tagKey: 'kuma.io/service' }] } }, []],
    ['VirtualOutbound without a service', virtualOutboundType, { selectors: [{}], conf: { host: 'x.mesh', port: '80', parameters: [{ name: 'a-b', tagKey: 'v' }] } }, [
      'conf.parameters: must contain a parameter with `kuma.io/service` as a tagKey', 'conf.parameters[0].name: must be alphanumeric',
    ]],
  ])('%s', (_, type, spec, expected) => expect(violationsOf(type, spec)).toEqual(expected));
});

it('ExternalService: the columns of its table', () => {
  const document = { networking: { address: 'httpbin.org:443' }, tags: { 'kuma.io/service': 'httpbin', 'kuma.io/protocol': 'http' } };
  expect(externalServiceType.columns?.map(({ header, value }) => [header, value(document)])).toEqual([['TAGS', 'kuma.io/protocol=http kuma.io/service=httpbin'], ['ADDRESS', 'httpbin.org:443']]);
});
