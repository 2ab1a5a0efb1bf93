import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { isIp, portViolations } from '@weft/resource-model';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import type { MeshPassthroughSpec, PassthroughMatch } from './schema.ts';

const HTTP = ['grpc', 'http', 'http2'];
const DOMAIN = /^(\*|(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)$/i;

/** Semantic rules of MeshPassthrough, in document order. Texts follow Kuma 2.14. */
export function validateMeshPassthrough(resource: Resource<MeshPassthroughSpec>): readonly Violation[] {
  const matches = resource.spec.default?.appendMatch ?? [];
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'Dataplane'] }),
    ...matches.flatMap((match, index) => matchViolations(match, { path: `spec.default.appendMatch[${index}]`, earlier: matches.slice(0, index) })),
  ];
}

function matchViolations(match: PassthroughMatch, { path, earlier }: { readonly path: string; readonly earlier: readonly PassthroughMatch[] }): readonly Violation[] {
  const { type, value, port, protocol = 'tcp' } = match;
  const onPort = earlier.find((other) => other.port === port && other.protocol !== protocol && HTTP.includes(other.protocol ?? 'tcp') && HTTP.includes(protocol));
  return [
    ...(port === undefined ? [] : portViolations(`${path}.port`, port)),
    ...(protocol === 'mysql' && port === undefined ? [{ path: `${path}.port`, message: 'must be defined with protocol mysql' }] : []),
    ...(isValid(type, value) ? [] : [{ path: `${path}.value`, message: `provided ${type === 'Domain' ? 'DNS' : type} has incorrect value` }]),
    ...(type === 'Domain' && (protocol === 'tcp' || protocol === 'mysql') ? [{ path: `${path}.protocol`, message: `protocol ${protocol} is not supported for a domain` }] : []),
    ...(value === '*' && HTTP.includes(protocol) && port === undefined ? [{ path: `${path}.port`, message: `must be defined for domain * with protocol ${protocol}` }] : []),
    ...(onPort === undefined ? [] : [{ path: `${path}.port`, message: `using the same port in multiple matches requires the same protocol for the following protocols: ${HTTP.join(', ')}` }]),
    ...(earlier.some((other) => same(other, match)) ? [{ path, message: `port ${port ?? 'any'}, protocol ${protocol} and value ${value} are already used by another match` }] : []),
  ];
}

function same(a: PassthroughMatch, b: PassthroughMatch): boolean {
  return a.port === b.port && a.protocol === b.protocol && a.value === b.value;
}

function isValid(type: PassthroughMatch['type'], value: string): boolean {
  if (type === 'Domain') return value.length <= 253 && DOMAIN.test(value);
  if (type === 'IP') return isIp(value);
  const [address = '', bits = '', ...rest] = value.split('/');
  return isIp(address) && /^\d{1,3}$/.test(bits) && rest.length === 0 && Number(bits) <= (address.includes(':') ? 128 : 32);
}
