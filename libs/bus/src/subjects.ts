import type { Json, PlainMeshError } from '@weft/kernel';
import type { Change, Resource, ResourceKey } from '@weft/resource-model';
import { encodeKeyPart } from './bucket-key.ts';

/**
 * A kind of request: its subject, the queue group that serves it, and (as types only) payload and answer.
 * Every request on the bus stands in this file.
 */
export interface RequestKind<Payload, Answer> {
  readonly subject: string;
  readonly queue: string;
  /** Never present at run time. */
  readonly types?: { readonly payload: Payload; readonly answer: Answer };
}

function kind<Payload, Answer>(subject: string, queue: string): RequestKind<Payload, Answer> {
  return { subject, queue };
}

/** A lease's holder and time to live; `acquire` also prolongs. */
export interface LeaseRequest {
  readonly lease: string;
  readonly holder: string;
  readonly ttlMs: number;
}

/** A write by another app, already in stored form; admission (labels, validation, secrets) is the store's. */
export interface AppWrite {
  readonly writes: readonly (
    | { readonly op: 'put'; readonly type: string; readonly mesh: string; readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly spec: unknown; readonly status?: unknown; readonly expectVersion?: number | 'absent'; /** Exactly these labels: none is computed. */ readonly bare?: boolean }
    | { readonly op: 'delete'; readonly key: ResourceKey; readonly expectVersion?: number }
  )[];
  readonly fence?: { readonly lease: string; readonly token: number };
  /** Who asks, for the log: app name and instance. */
  readonly writer: string;
}

/** What a proxy said of itself at registration. */
export interface RegisterProxy {
  /** The resource as the REST document that the agent sent (JSON text). */
  readonly document: string;
  readonly proxyType: string;
  /** Name of the xds-server instance that the proxy is connected to. */
  readonly instance: string;
  /** The proxy has just started, and takes no traffic until it says so (`proxyHealth`). */
  readonly fresh?: boolean;
}

/** What was found out about a proxy's readiness (libs/hds-core `HealthFinding`). */
export interface ProxyHealth {
  readonly key: ResourceKey;
  readonly finding: { readonly proxy: 'up' | 'steady' | 'down'; readonly workloads: Readonly<Record<string, 'up' | 'steady' | 'down'>> };
}

/** Ask to have a leaf signed. `spiffeIds` and `uris` are what the signer puts in; the CSR gives the public key only. */
export interface SignLeafRequest {
  readonly mesh: string;
  readonly csrPem: string;
  /** Values of `kuma.io/service` of the proxy; each gives `spiffe://<mesh>/<service>`. */
  readonly services: readonly string[];
  /** Tags of the proxy; each value gives `kuma://<tag>/<value>`. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
}

/** Ask to have a workload's leaf signed by the CA of a MeshIdentity. */
export interface SignWorkloadRequest {
  readonly mesh: string;
  /** Name of the MeshIdentity. */
  readonly identity: string;
  readonly csrPem: string;
  /** Must be of the identity's trust domain. */
  readonly spiffeId: string;
}

/** A signed leaf with its chain, all public. */
export interface SignedLeaf {
  readonly certificatePem: string;
  readonly serial: string;
  /** Milliseconds since the Unix epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Name of the mTLS backend, or `identity.<name>` of the MeshIdentity, that issued it. */
  readonly backend: string;
  /** Grows each time the issuing CA changes. */
  readonly issuerGeneration: number;
}

/** Ask the control plane's own CA for a server certificate. */
export interface SignServerRequest {
  readonly csrPem: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** `server` for a listener of the control plane; `envoy-admin-server`/`envoy-admin-client` for Envoy's admin chain. */
  readonly purpose: 'server' | 'envoy-admin-server' | 'envoy-admin-client';
}

/** Asks what a proxy's Envoy says of itself; any xds-server of its zone can. */
export interface EnvoyAdminRequest {
  /** Who is to be asked: its certificate must name it. */
  readonly proxy: ResourceKey;
  /** The xds-server that holds the proxy's stream, where one does: only it can give the listener a certificate. */
  readonly holder?: string;
  /** Where its admin listener is. */
  readonly address: string;
  readonly port: number;
  readonly show:
    | { readonly what: 'config-dump'; readonly includeEds: boolean }
    | { readonly what: 'stats'; readonly format: 'text' | 'json'; readonly usedOnly: boolean }
    | { readonly what: 'clusters'; readonly format: 'text' | 'json' };
  /** The body comes in parts, in order, to {@link adminAnswerParts} of this id before the request itself is answered. */
  readonly answerTo: string;
}

/** Asks what the Envoy of a stored proxy says of itself; global-store knows where that Envoy is. */
export interface EnvoyShowRequest extends Pick<EnvoyAdminRequest, 'show' | 'answerTo'> {
  readonly proxy: ResourceKey;
}

/** Where the parts (base64) of one answer to {@link EnvoyAdminRequest} go: it may be larger than a message. `id`: letters, digits and `-`. */
export function adminAnswerParts(id: string): RequestKind<{ readonly data: string }, null> {
  return kind(`xds.admin.parts.${id}`, 'asker');
}

/** Asks for the Envoy config of a proxy that is connected to the xds-server that is asked, or, with `metadata`, to none. */
export interface ProxyConfigRequest {
  readonly mesh: string;
  readonly name: string;
  /** Policies that are marked as shadow count as if they were in force. */
  readonly shadow: boolean;
  /** With what makes the answer of what the proxy has now, as a JSON Patch. */
  readonly diff: boolean;
  /** What the proxy's node said when it was last connected. */
  readonly metadata?: Json;
  readonly answerTo: string;
}

/** Asks what resources would change for the proxies that are connected to the xds-server that is asked; nothing is served. */
export interface PreviewRequest {
  /** In stored form, all of one mesh, newer than what is stored. */
  readonly changes: readonly Change[];
  readonly mesh: string;
  readonly answerTo: string;
}

/** The control plane that resources come from: what they may claim follows from it. Names of older zones carry no hash. */
export type SyncPeer = { readonly side: 'global' } | { readonly side: 'zone'; readonly zone: string; readonly hashedNames: boolean };

/** A part of what a peer sent of one type. */
export interface SyncApply {
  readonly from: SyncPeer;
  readonly type: string;
  /** `name` as on the wire; `body` is an encoded KumaResource, base64. */
  readonly items: readonly { readonly name: string; readonly version: string; readonly body: string }[];
  /** Wire names. */
  readonly removed: readonly string[];
  readonly fence?: { readonly lease: string; readonly token: number };
  /** Who asks, for the log: app name and instance. */
  readonly writer: string;
}

/** Asks for what is held of one type from a peer; from the name after `after` on, where it did not fit into one answer. */
export interface SyncHeldRequest {
  readonly from: SyncPeer;
  readonly type: string;
  readonly after?: string;
}

/** Wire name and version; the version is empty where it is not known any more. */
export interface SyncHeld {
  readonly held: readonly (readonly [name: string, version: string])[];
  /** There is more after this name. */
  readonly more?: string;
}

/** Subject of requests to one xds-server, by the instance that observed state names: only it knows its proxies. */
export function proxyConfigOf(instance: string): RequestKind<ProxyConfigRequest, null> {
  return kind(`xds.config.${encodeKeyPart(instance)}`, 'xds-server');
}

/** As {@link proxyConfigOf}. */
export function previewOf(instance: string): RequestKind<PreviewRequest, null> {
  return kind(`xds.preview.${encodeKeyPart(instance)}`, 'xds-server');
}

/** As {@link proxyConfigOf}: has the admin listener of a proxy hold a certificate; answered once Envoy took it. A proxy that is not there is nobody's loss. */
export function adminOpenOf(instance: string): RequestKind<ResourceKey, null> {
  return kind(`xds.admin.open.${encodeKeyPart(instance)}`, 'xds-server');
}

/** Where the parts of one long text go, in order, before the request itself is answered. `id`: letters, digits and `-`. */
export function textParts(id: string): RequestKind<{ readonly text: string }, null> {
  return kind(`text.parts.${id}`, 'asker');
}

/** As {@link REQUESTS.envoyShow}, at the global control plane: answered by the kds-sync that holds the streams of the proxy's zone. */
export function envoyShowIn(zone: string): RequestKind<EnvoyShowRequest, { readonly contentType: string }> {
  return kind(`kds.envoy.${encodeKeyPart(zone)}`, 'kds-sync');
}

/** The requests that cross the bus. */
export const REQUESTS = {
  /** Writes of the apps (not of users). Answer: the stored resources. */
  storeWrite: kind<AppWrite, { readonly resources: readonly Resource[] }>('store.write', 'global-store'),
  /** Reads one resource as stored (no secret content). */
  storeRead: kind<ResourceKey, { readonly resource: Resource | null }>('store.read', 'global-store'),
  /** Clear content (base64) of a Secret or GlobalSecret. */
  secretRead: kind<ResourceKey, { readonly data: string | null }>('store.secret.read', 'global-store'),
  /** One resource with the secret content that it was written with; for what leaves to another control plane. */
  storeReveal: kind<ResourceKey, { readonly resource: Resource | null }>('store.reveal', 'global-store'),
  leaseAcquire: kind<LeaseRequest, { readonly token: number; readonly expiresAt: number } | null>('store.lease.acquire', 'global-store'),
  leaseRelease: kind<Omit<LeaseRequest, 'ttlMs'>, null>('store.lease.release', 'global-store'),
  /** Registers a proxy from its node metadata; answer: the stored resource, or the reasons against it. */
  proxyRegister: kind<RegisterProxy, { readonly resource: Resource } | { readonly error: PlainMeshError }>('store.proxy.register', 'global-store'),
  /** Sets which inbounds of a proxy take traffic; a proxy that is not there is nobody's loss. */
  proxyHealth: kind<ProxyHealth, null>('store.proxy.health', 'global-store'),
  proxyDeregister: kind<{ readonly key: ResourceKey; readonly version: number }, null>('store.proxy.deregister', 'global-store'),
  /**
   * Keeps what another control plane sent, in one step. Those that cannot be kept are left out, `rejected` says why; the
   * others are durable when this is answered. What is held already costs no write.
   */
  syncApply: kind<SyncApply, { readonly rejected: readonly { readonly name: string; readonly reason: string }[] }>('store.sync.apply', 'global-store'),
  /** What is observed of proxies, merged; null where nothing is. */
  /** Of Dataplanes, or with `type` of proxies of the zone, whose mesh is empty. */
  insightRead: kind<{ readonly proxies: readonly { readonly mesh: string; readonly name: string; readonly type?: 'ZoneIngress' | 'ZoneEgress' }[] }, { readonly insights: readonly (Resource | null)[] }>('store.insights.read', 'global-store'),
  syncHeld: kind<SyncHeldRequest, SyncHeld>('store.sync.held', 'global-store'),
  signLeaf: kind<SignLeafRequest, SignedLeaf>('ca.leaf.sign', 'ca-service'),
  signWorkload: kind<SignWorkloadRequest, SignedLeaf>('ca.workload.sign', 'ca-service'),
  signServer: kind<SignServerRequest, { readonly certificatePem: string; readonly caPem: string; readonly notAfter: number }>('ca.server.sign', 'ca-service'),
  /** As `envoyAdmin`, of a proxy that is named. */
  envoyShow: kind<EnvoyShowRequest, { readonly contentType: string }>('store.envoy.show', 'global-store'),
  /** What Envoy's admin interface answers; called by an xds-server of the zone. */
  envoyAdmin: kind<EnvoyAdminRequest, { readonly contentType: string }>('xds.admin', 'xds-server'),
} as const;

/** Buckets of the bus: name and time after which a silent entry disappears. */
export const BUCKETS = {
  /** Snapshot of the feed: key `<type>.<mesh>.<name>` in the encoding of libs/feed. */
  feedSnapshot: { name: 'feed' },
  /** Insights and receipts: key `<xds-server instance>.<mesh>.<proxy>`, of zone proxies with an empty mesh and `.ZoneIngress` or `.ZoneEgress` at the end; key `<xds-server instance>`: up to which revision it has handed configs out. */
  observed: { name: 'observed' },
  /** One entry per living app instance, renewed by it: key `<app>.<instance>`. */
  instances: { name: 'instances', ttlMs: 10_000 },
  /** Which version of a resource of another control plane is held: key `<peer>.<type>.<wire name>`. What is lost is sent once more. */
  syncedVersions: { name: 'kds-versions' },
  /** What a global control plane observes of zones: key `<zone>.<kds-sync instance>`, value the fields of a ZoneInsight. */
  zoneInsights: { name: 'zone-insights' },
  /** Which control plane a zone's name belongs to while it is connected: key `<zone>`, value `{ identity, instance }`. */
  zoneLeases: { name: 'zone-leases', ttlMs: 2_500 },
  /** Key `head`: up to where snapshot and log are written (docs/adr/0002). */
  feedHead: { name: 'feed-head' },
} as const;

/** The feed's stream; subjects `feed.<type>.<mesh>.<name>`. */
export const FEED_LOG = { name: 'feed', subjectPrefix: 'feed.' } as const;
