import type { Violation } from '@weft/kernel';
import type { TargetRef } from '../target-ref/schema.ts';

interface Sections {
  readonly targetRef?: TargetRef;
  readonly to?: readonly unknown[];
  readonly from?: readonly unknown[];
  readonly rules?: readonly unknown[];
}

/** Whether a policy may meet builtin gateways: by its kind, or by not excluding them with `proxyTypes`. */
export function includesGateways({ kind, proxyTypes = [] }: TargetRef): boolean {
  if (kind === 'MeshGateway' || kind === 'MeshHTTPRoute') return true;
  return (kind === 'Mesh' || kind === 'MeshSubset') && (proxyTypes.length === 0 || proxyTypes.includes('Gateway'));
}

const NO_FROM = 'must not be defined when the scope includes a Gateway, select only proxyType Sidecar or select only gateways and use spec.to';

/** MeshRateLimit and MeshFaultInjection: `to` is for gateways, `from` for sidecars. `rules` is for sidecars where `strictRules`. */
export function scopeViolations({ targetRef = { kind: 'Mesh' }, to = [], from = [], rules = [] }: Sections, strictRules: boolean): readonly Violation[] {
  const gateways = includesGateways(targetRef);
  // A policy of rules alone, on everything, means the sidecars.
  const onlyGateways = targetRef.kind === 'MeshGateway' || targetRef.kind === 'MeshHTTPRoute' || (targetRef.proxyTypes ?? []).join() === 'Gateway';
  return [
    ...(to.length > 0 && !gateways ? [{ path: 'spec.to', message: 'must not be defined' }] : []),
    ...(rules.length > 0 && strictRules && onlyGateways ? [{ path: 'spec.rules', message: 'must not be defined' }] : []),
    ...(from.length > 0 && gateways ? [{ path: 'spec.from', message: NO_FROM }] : []),
  ];
}
