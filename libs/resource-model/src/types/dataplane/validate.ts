import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import { addressViolations } from '../../rules/address.ts';
import { portViolations } from '../../rules/port.ts';
import type { DataplaneNetworking, DataplaneSpec } from './schema.ts';
import { inboundViolations } from './validate-inbound.ts';
import { listenerViolations } from './validate-listeners.ts';
import { outboundViolations } from './validate-outbound.ts';
import { proxyTagViolations } from './validate-tags.ts';

/** Semantic rules of Dataplane, in document order. Texts follow Kuma 2.14. */
export function validateDataplane({ spec }: Resource<DataplaneSpec>): readonly Violation[] {
  const { networking } = spec;
  if (networking === undefined) return [{ path: 'networking', message: 'must be defined' }];
  return [
    ...addressViolations('networking.address', networking.address ?? ''),
    ...(networking.advertisedAddress === undefined ? [] : addressViolations('networking.advertisedAddress', networking.advertisedAddress)),
    ...(networking.inbound ?? []).flatMap((inbound, index) => inboundViolations(inbound, { path: `networking.inbound[${index}]`, networking })),
    ...(networking.outbound ?? []).flatMap((outbound, index) => outboundViolations(outbound, `networking.outbound[${index}]`)),
    ...gatewayViolations(networking, spec.probes !== undefined),
    ...transparentProxyingViolations(networking),
    ...adminViolations(networking),
    ...listenerViolations(networking),
    ...probeViolations(spec.probes),
  ];
}

function gatewayViolations({ gateway, inbound, outbound, listeners }: DataplaneNetworking, hasProbes: boolean): readonly Violation[] {
  if (gateway === undefined) return [];
  const kind = gateway.type === 'BUILTIN' ? 'builtin' : 'delegated';
  const excluded: readonly (readonly [string, boolean])[] = [
    ['networking.inbound', (inbound ?? []).length > 0],
    ['networking.listeners', (listeners ?? []).length > 0],
    ['networking.outbound', kind === 'builtin' && (outbound ?? []).length > 0],
    ['probes', kind === 'builtin' && hasProbes],
  ];
  return [
    ...proxyTagViolations('networking.gateway.tags', gateway.tags ?? {}, { gateway: true }),
    ...excluded.filter(([, present]) => present).map(([path]) => ({ path, message: `${path.split('.').at(-1) ?? path} cannot be defined for ${kind} gateways` })),
  ];
}

function transparentProxyingViolations({ transparentProxying }: DataplaneNetworking): readonly Violation[] {
  if (transparentProxying === undefined) return [];
  const path = 'networking.transparentProxying';
  const { redirectPortInbound = 0, redirectPortOutbound = 0, reachableBackends } = transparentProxying;
  return [
    ...(redirectPortInbound === 0 ? [] : portViolations(`${path}.redirectPortInbound`, redirectPortInbound)),
    ...(redirectPortOutbound === 0 ? [] : portViolations(`${path}.redirectPortOutbound`, redirectPortOutbound)),
    ...(reachableBackends?.refs ?? []).flatMap((ref, index) => reachableRefViolations(ref, `${path}.reachableBackends.refs[${index}]`)),
  ];
}

const BACKEND_KINDS = ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'];

function reachableRefViolations(ref: { readonly kind?: string; readonly name?: string; readonly labels?: Readonly<Record<string, string>> }, path: string): readonly Violation[] {
  const kind = ref.kind ?? '';
  const named = (ref.name ?? '') !== '';
  const labelled = Object.keys(ref.labels ?? {}).length > 0;
  return [
    ...(BACKEND_KINDS.includes(kind) ? [] : [{ path: `${path}.kind`, message: `invalid value "${kind}". Available values are: ${BACKEND_KINDS.join(', ')}` }]),
    ...(named && labelled ? [{ path: `${path}.labels`, message: 'labels cannot be set when name is set' }] : []),
    ...(named || labelled ? [] : [{ path: `${path}.name`, message: 'name or labels is required' }]),
  ];
}

function adminViolations({ admin, inbound = [], outbound = [], address }: DataplaneNetworking): readonly Violation[] {
  const port = admin?.port ?? 0;
  if (port === 0) return [];
  const path = 'networking.admin.port';
  const collides = (one: { readonly port?: number; readonly address?: string }, fallback: string): boolean => one.port === port && isLoopback(one.address ?? fallback);
  return [
    ...portViolations(path, port),
    ...(inbound.some((one) => collides(one, address ?? '') || one.servicePort === port) ? [{ path, message: 'must differ from inbound' }] : []),
    ...(outbound.some((one) => collides(one, '127.0.0.1')) ? [{ path, message: 'must differ from outbound' }] : []),
  ];
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === 'localhost';
}

function probeViolations(probes: DataplaneSpec['probes']): readonly Violation[] {
  if (probes === undefined) return [];
  const endpoints = (probes.endpoints ?? []).flatMap((endpoint, index) => {
    const path = `probes.endpoints[${index}]`;
    const paths = (['inboundPath', 'path'] as const).filter((field) => !(endpoint[field] ?? '').startsWith('/'));
    return [...portViolations(`${path}.inboundPort`, endpoint.inboundPort), ...paths.map((field) => ({ path: `${path}.${field}`, message: 'should be a valid URL Path' }))];
  });
  return [...portViolations('probes.port', probes.port), ...endpoints];
}
