import { describe, expect, it } from 'vitest';
import { violationsOf } from '../../testing.ts';
import { dataplaneType } from './dataplane.ts';
import { withZoneTag } from './zone-tag.ts';

const TAGS = { 'kuma.io/service': 'web' };
const INBOUND = { port: 8080, tags: TAGS };

function networking(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { networking: { address: '10.0.0.1', ...fields } };
}

const CASES: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[]])[] = [
  ['nothing', {}, ['networking: must be defined']],
  ['no address', { networking: {} }, ["networking.address: address can't be empty"]],
  ['a bad address', { networking: { address: 'a b' } }, ['networking.address: address has to be valid IP address or domain name']],
  ['an IPv6 address and a DNS name', networking({ address: 'fd00::1', advertisedAddress: 'web.example.com' }), []],
  ['ports as text, enums by number, as proto-JSON has them', networking({ inbound: [{ ...INBOUND, port: '8080', state: 1 }] }), []],
  ['an inbound without tags', networking({ inbound: [{ port: 80 }] }), []],
  ['only the zone tag', networking({ inbound: [{ port: 80, tags: { 'kuma.io/zone': 'default' } }] }), []],
  ['tags without service', networking({ inbound: [{ port: 80, tags: { version: 'v1' } }] }), ['networking.inbound[0].tags["kuma.io/service"]: tag has to exist']],
  ['an unknown protocol', networking({ inbound: [{ port: 80, tags: { ...TAGS, 'kuma.io/protocol': 'ftp' } }] }), [
    'networking.inbound[0].tags["kuma.io/protocol"]: tag "kuma.io/protocol" has an invalid value "ftp". Allowed values: grpc, http, http2, kafka, tcp',
  ]],
  ['an application behind itself', networking({ inbound: [{ ...INBOUND, serviceAddress: '10.0.0.1' }] }), ['networking.inbound[0].serviceAddress: serviceAddress and servicePort have to differ from address and port']],
  ['an outbound to nothing', networking({ outbound: [{ port: 1 }] }), ['networking.outbound[0].tags["kuma.io/service"]: tag has to exist']],
  ['an outbound to two things', networking({ outbound: [{ port: 1, tags: TAGS, backendRef: { kind: 'MeshService', name: 'a', port: 80 } }] }), ['networking.outbound[0]: both backendRef and tags cannot be defined']],
  ['an outbound by backendRef', networking({ outbound: [{ port: 1, backendRef: { kind: 'MeshService', labels: { a: 'b' }, port: 80 } }] }), []],
  ['a bad backendRef', networking({ outbound: [{ port: 1, backendRef: { kind: 'Mesh' } }] }), [
    'networking.outbound[0].backendRef.kind: invalid value "Mesh". Available values are: MeshService, MeshExternalService, MeshMultiZoneService',
    "networking.outbound[0].backendRef: either 'name' or 'labels' should be specified",
    'networking.outbound[0].backendRef.port: port must be in the range [1, 65535]',
  ]],
  ['a gateway with an inbound', networking({ gateway: { tags: TAGS }, inbound: [INBOUND] }), ['networking.inbound: inbound cannot be defined for delegated gateways']],
  ['a builtin gateway with an outbound', networking({ gateway: { type: 'BUILTIN', tags: TAGS }, outbound: [{ port: 1, tags: TAGS }] }), ['networking.outbound: outbound cannot be defined for builtin gateways']],
  ['an http gateway', networking({ gateway: { tags: { ...TAGS, 'kuma.io/protocol': 'http' } } }), ['networking.gateway.tags["kuma.io/protocol"]: other values than TCP are not allowed']],
  ['admin on an outbound\'s port', networking({ admin: { port: 9 }, outbound: [{ port: 9, tags: TAGS }] }), ['networking.admin.port: must differ from outbound']],
  ['listeners', networking({ inbound: [{ ...INBOUND, name: 'a' }], listeners: [{ type: 'ZoneIngress', port: 8080, name: 'a' }, { port: 9 }] }), [
    'networking.listeners[0].name: "a" name is already used for another inbound or listener',
    'networking.listeners[0]: address 10.0.0.1:8080 is already used by another inbound or listener',
    'networking.listeners[1].type: must be defined',
  ]],
  ['a negative port', networking({ inbound: [{ ...INBOUND, port: -1 }] }), ['networking.inbound[0].port: in body should be greater than or equal to 0']],
];

describe('Dataplane', () => {
  it.each(CASES)('%s', (_, content, expected) => expect(violationsOf(dataplaneType, content)).toEqual(expected));

  it('gets the zone tag on inbounds and gateway', () => {
    expect(withZoneTag({ networking: { inbound: [{ port: 1 }], gateway: { tags: TAGS } } }, 'east')).toEqual({
      networking: { inbound: [{ port: 1, tags: { 'kuma.io/zone': 'east' } }], gateway: { tags: { ...TAGS, 'kuma.io/zone': 'east' } } },
    });
    expect(withZoneTag({}, 'east')).toEqual({});
  });

  it('shows its tags and address in tables', () => {
    const document = networking({ advertisedAddress: '1.2.3.4', inbound: [{ tags: { ...TAGS, version: 'v2' } }, { tags: { ...TAGS, version: 'v1' } }] });
    expect(dataplaneType.columns?.map(({ value }) => value(document))).toEqual(['kuma.io/service=web version=v1,v2', '1.2.3.4']);
  });
});
