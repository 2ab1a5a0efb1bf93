import { create, type DescMessage, type JsonObject, type MessageInitShape } from '@bufbuild/protobuf';
import { DurationSchema, type Any, type Duration } from '@bufbuild/protobuf/wkt';
import { packAny } from '@weft/envoy-proto';
import { AddressSchema, CidrRangeSchema, type Address, type CidrRange } from '@weft/envoy-proto/envoy/config/core/v3/address_pb.js';
import { HeaderValueOptionSchema, MetadataSchema, type HeaderValueOption, type Metadata } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { ApiVersion, ConfigSourceSchema, type ConfigSource } from '@weft/envoy-proto/envoy/config/core/v3/config_source_pb.js';
import { compareText } from '@weft/kernel';

/** A Duration message; fractions below a microsecond are dropped. */
export function duration(ms: number): Duration {
  const micros = Math.round(ms * 1000);
  return create(DurationSchema, { seconds: BigInt(Math.floor(micros / 1_000_000)), nanos: (micros % 1_000_000) * 1000 });
}

/** An IP address and port. */
export function socketAddress(address: string, port: number): Address {
  return create(AddressSchema, { address: { case: 'socketAddress', value: { address, portSpecifier: { case: 'portValue', value: port } } } });
}

/** A unix socket. */
export function pipeAddress(path: string): Address {
  return create(AddressSchema, { address: { case: 'pipe', value: { path } } });
}

/** A named extension with its configuration: the shape that filters, transport sockets and predicates share. */
export function extension<Desc extends DescMessage>(name: string, schema: Desc, init: MessageInitShape<Desc>): { name: string; configType: { case: 'typedConfig'; value: Any } } {
  return { name, configType: { case: 'typedConfig', value: packAny(schema, init) } };
}

/** The header by which a caller's proxy says what its tags are. */
export function callerTagsHeader(tags: string): HeaderValueOption {
  return create(HeaderValueOptionSchema, { header: { key: 'x-kuma-tags', value: tags } });
}

/** Resources by ADS. */
export function overAds(): ConfigSource {
  return create(ConfigSourceSchema, { configSourceSpecifier: { case: 'ads', value: {} }, resourceApiVersion: ApiVersion.V3 });
}

/** The record with its keys sorted: protobuf-es writes map entries in insertion order, and equal content must give equal bytes. */
export function sortedRecord<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => compareText(a, b)));
}

/** Filter metadata: one Struct of texts per namespace; namespaces and keys sorted. */
export function filterMetadata(namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>): Metadata {
  const sorted: Record<string, JsonObject> = {};
  for (const [namespace, values] of Object.entries(sortedRecord(namespaces))) sorted[namespace] = sortedRecord(values);
  return create(MetadataSchema, { filterMetadata: sorted });
}

const INTERNAL_V4 = [['10.0.0.0', 8], ['192.168.0.0', 16], ['172.16.0.0', 12]] as const;
const INTERNAL_V6 = [['fc00::', 7], ['fd00::', 8]] as const;

/** Source addresses whose `x-envoy-*` headers Envoy trusts: the private ranges and loopback, of IPv6 where it is on. */
export function internalAddresses(ipv6: boolean): CidrRange[] {
  return [...ranges(INTERNAL_V4), ...(ipv6 ? ranges(INTERNAL_V6) : []), ...loopback(ipv6)];
}

/** Loopback only, for listeners that serve the machine itself. */
export function loopback(ipv6: boolean): CidrRange[] {
  return ranges([['127.0.0.1', 32], ...(ipv6 ? [['::1', 128] as const] : [])]);
}

function ranges(list: readonly (readonly [string, number])[]): CidrRange[] {
  return list.map(([addressPrefix, prefixLen]) => create(CidrRangeSchema, { addressPrefix, prefixLen }));
}
