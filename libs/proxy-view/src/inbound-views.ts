import type { DataplaneEntry, MeshState } from '@weft/mesh-index';
import { buildFromRules, buildInboundRules, mergeConfs, PROTOCOL_TAG, SERVICE_TAG, type Policy } from '@weft/policy-engine';
import type { DataplaneInbound } from '@weft/resource-model';
import { withCollectors } from './collectors.ts';
import type { Credentials } from './credentials.ts';
import type { MatchedPolicies, TypeMatch } from './matched-policies.ts';
import { protocolOf } from './protocol.ts';
import type { InboundPolicyRules, InboundTls, InboundView, MeshView, TlsVersion } from './proxy-view.ts';

/** Bounds that MeshTLS puts on TLS, both ways. */
export type TlsBounds = Pick<InboundTls, 'minVersion' | 'maxVersion' | 'ciphers'>;

/** What inbounds depend on beside the Dataplane. */
export interface InboundSources {
  readonly mesh: MeshView;
  readonly state: MeshState;
  readonly matched: MatchedPolicies;
  readonly credentials: Credentials | undefined;
}

/** What the proxy serves, with the rules for each inbound. */
export function inboundViews({ resource, inbounds }: DataplaneEntry, sources: InboundSources): readonly InboundView[] {
  const proxyAddress = resource.spec.networking?.address ?? '';
  return inbounds.map((inbound, index) => {
    const rules = rulesOf(sources, ({ perInbound }) => perInbound[index]);
    return { ...plainInbound(inbound, proxyAddress), tls: inboundTls(sources, rules['MeshTLS']), rules };
  });
}

/** TLS bounds towards destinations: Kuma takes them from one inbound; here it is the first. */
export function outboundTlsBounds(matched: MatchedPolicies): TlsBounds {
  return tlsBounds(meshTlsConf({ inbound: buildInboundRules(matched.get('MeshTLS')?.perInbound[0] ?? []), from: [] }));
}

function plainInbound(inbound: DataplaneInbound, proxyAddress: string): Omit<InboundView, 'tls' | 'rules'> {
  const { port = 0, tags = {} } = inbound;
  const address = inbound.address ?? proxyAddress;
  return {
    address,
    port,
    name: inbound.name,
    workload: { address: inbound.serviceAddress ?? address, port: inbound.servicePort ?? port },
    protocol: protocolOf(tags[PROTOCOL_TAG] ?? inbound.protocol),
    service: tags[SERVICE_TAG],
    tags,
  };
}

/** Rules by policy type, of the policies of each that select one part of a proxy. */
export function rulesOf({ matched, state }: Pick<InboundSources, 'matched' | 'state'>, policiesOf: (match: TypeMatch) => readonly Policy[] | undefined): Readonly<Record<string, InboundPolicyRules>> {
  const rules: Record<string, InboundPolicyRules> = {};
  for (const [type, match] of matched) {
    const policies = policiesOf(match) ?? [];
    const made = { inbound: buildInboundRules(policies).map((rule) => ({ ...rule, conf: withCollectors(type, rule.conf, state) })), from: buildFromRules(type, policies) };
    if (made.inbound.length > 0 || made.from.length > 0) rules[type] = made;
  }
  return rules;
}

interface MeshTlsConf {
  readonly mode?: 'Strict' | 'Permissive';
  readonly tlsVersion?: { readonly min?: TlsVersion; readonly max?: TlsVersion };
  readonly tlsCiphers?: readonly string[];
}

function meshTlsConf(rules: InboundPolicyRules | undefined): MeshTlsConf {
  return mergeConfs((rules?.inbound ?? []).filter(({ match }) => match === undefined).map(({ conf }) => conf)) as MeshTlsConf;
}

/** MeshTLS decides; without it, a proxy with a MeshIdentity is strict, and one with a certificate of the mesh is as the mesh is. */
function inboundTls({ mesh, credentials }: InboundSources, rules: InboundPolicyRules | undefined): InboundTls {
  if (credentials === undefined) return { mode: 'off' };
  const conf = meshTlsConf(rules);
  const permissive = conf.mode === undefined ? credentials.workload === undefined && mesh.mtls?.mode === 'PERMISSIVE' : conf.mode === 'Permissive';
  return { mode: permissive ? 'permissive' : 'strict', ...tlsBounds(conf) };
}

function tlsBounds({ tlsVersion, tlsCiphers }: MeshTlsConf): TlsBounds {
  return {
    ...(tlsVersion?.min !== undefined && { minVersion: tlsVersion.min }),
    ...(tlsVersion?.max !== undefined && { maxVersion: tlsVersion.max }),
    ...(tlsCiphers !== undefined && { ciphers: tlsCiphers }),
  };
}
