import { canonicalJson } from '@weft/kernel';
import { isReady, matchingIdentities, spiffeIdOf, type MeshIdentity } from '@weft/mesh-identity';
import { kriOf, selects } from '@weft/policy-engine';
import type { DataplaneInbound, DataplaneSpec, MeshServiceSpec, MeshSpec, Resource } from '@weft/resource-model';

/** What xds-servers observe of one proxy. */
export interface ProxyObservation {
  readonly connected: boolean;
  /** Backend or MeshIdentity that issued its certificate; undefined while it has none. */
  readonly issuedBackend: string | undefined;
}

/** A Dataplane with all that its facts are made from. */
export interface KnownMember {
  readonly dataplane: Resource<DataplaneSpec>;
  readonly observed: ProxyObservation;
  readonly mesh: Resource<MeshSpec>;
  readonly identities: readonly MeshIdentity[];
}

/** A port as an inbound offers it. */
export interface OfferedPort {
  readonly name: string;
  readonly port: number;
  readonly appProtocol: string;
}

/** Prefixes of facts that carry a value. */
export const FACT = { service: 'service:', spiffeId: 'spiffe:', port: 'port:' } as const;

const SERVICE_TAG = 'kuma.io/service';
/** Port of an inbound that offers nothing: a service that only names its proxies. */
const SERVICELESS_PORT = 49151;

/** The inbounds of a Dataplane that a MeshService with this selector stands for. */
export function selectedInbounds({ selector = {} }: MeshServiceSpec, dataplane: Resource<DataplaneSpec>): readonly DataplaneInbound[] {
  const { dataplaneTags, dataplaneRef, dataplaneLabels } = selector;
  const inbounds = (dataplane.spec.networking?.inbound ?? []).filter(({ state }) => state !== 'Ignored');
  if (dataplaneRef?.name !== undefined) return dataplaneRef.name === dataplane.name ? inbounds : [];
  if (dataplaneTags !== undefined) return inbounds.filter(({ tags = {} }) => selects(dataplaneTags, tags));
  return dataplaneLabels?.matchLabels !== undefined && selects(dataplaneLabels.matchLabels, dataplane.labels) ? inbounds : [];
}

/** Facts of a proxy as a member of something that its inbounds serve: one that is not ready makes it unhealthy. */
export function memberFacts(member: KnownMember, inbounds: readonly DataplaneInbound[]): ReadonlySet<string> {
  const identity = matchingIdentities(member.identities, member.dataplane.labels).find(isReady);
  const spiffeId = identity && spiffeIdOf(identity, member.dataplane);
  return new Set([
    ...(member.observed.connected ? ['connected'] : []),
    ...(inbounds.every(isInboundReady) ? ['healthy'] : []),
    ...(isCertified(member, identity) ? ['certified'] : []),
    ...(spiffeId?.ok === true ? [FACT.spiffeId + spiffeId.value] : []),
    ...inbounds.flatMap(({ tags }) => (tags?.[SERVICE_TAG] === undefined ? [] : [FACT.service + tags[SERVICE_TAG]])),
    ...inbounds.flatMap((inbound) => offered(inbound)),
  ]);
}

/** Whether its certificate is one that the mesh asks for now. */
function isCertified({ observed: { issuedBackend }, mesh }: KnownMember, identity: MeshIdentity | undefined): boolean {
  if (issuedBackend === undefined) return false;
  return issuedBackend === mesh.spec.mtls?.enabledBackend || (identity !== undefined && (issuedBackend === kriOf(identity, 'mid') || issuedBackend === identity.name));
}

function offered({ name, port, protocol, tags }: DataplaneInbound): readonly string[] {
  if (port === undefined || port === SERVICELESS_PORT) return [];
  const offer: OfferedPort = { name: name ?? String(port), port, appProtocol: protocol ?? tags?.['kuma.io/protocol'] ?? 'tcp' };
  return [FACT.port + canonicalJson(offer)];
}

function isInboundReady({ state, health }: DataplaneInbound): boolean {
  return (state ?? 'Ready') === 'Ready' && health?.ready !== false;
}
