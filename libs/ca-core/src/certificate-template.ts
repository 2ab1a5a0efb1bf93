/** What an X.509 certificate may be used for. */
export type CertificateUse = 'serverAuth' | 'clientAuth';

/** A subject: the three attributes that Weft's own CAs carry; none for a leaf. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
}

/** All that a certificate says, apart from who signs it. Times are milliseconds since the Unix epoch. */
export interface CertificateTemplate {
  readonly subject?: CertificateSubject;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isCa: boolean;
  readonly uses: readonly CertificateUse[];
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

const MINUTE_MS = 60_000;

/**
 * Certificates start this much before now, in milliseconds, so that a peer whose clock is behind accepts them at once: zones may have
 * clocks minutes apart. Ten minutes; a quarter of a short life, and at least ten seconds, as Kuma has it.
 */
export function backdatedBy(lifetimeMs: number): number {
  return Math.max(MINUTE_MS / 6, Math.min(10 * MINUTE_MS, Math.floor(lifetimeMs / 4)));
}

/** What a mesh's builtin CA says (Kuma 2.14): CN is the mesh, O `Kuma`, OU `Mesh`. */
export function meshCaTemplate(mesh: string, now: number, lifetimeMs: number): CertificateTemplate {
  return caTemplate({ commonName: mesh, organization: 'Kuma', organizationalUnit: 'Mesh' }, now, lifetimeMs);
}

/** What a CA says: it signs leaves only. */
export function caTemplate(subject: CertificateSubject, now: number, lifetimeMs: number): CertificateTemplate {
  return { subject, notBefore: now - backdatedBy(lifetimeMs), notAfter: now + lifetimeMs, isCa: true, uses: [], uris: [], dnsNames: [], ipAddresses: [] };
}

/** Who a leaf is for: the proxy's mesh, its services, and its tags. */
export interface LeafIdentity {
  readonly mesh: string;
  readonly services: readonly string[];
  readonly tags: Readonly<Record<string, readonly string[]>>;
}

/**
 * What a proxy's leaf says (Kuma 2.14): no subject, `spiffe://<mesh>/<service>` for each service, then
 * `kuma://<tag>/<value>` for each tag value in the order of their text; both ends of a connection.
 */
export function leafTemplate(identity: LeafIdentity, now: number, lifetimeMs: number): CertificateTemplate {
  const spiffe = unique(identity.services).map((service) => `spiffe://${identity.mesh}/${service}`);
  const tags = Object.entries(identity.tags).flatMap(([tag, values]) => values.map((value) => `kuma://${tag}/${value}`));
  const uris = [...spiffe, ...unique(tags)];
  return { notBefore: now - backdatedBy(lifetimeMs), notAfter: now + lifetimeMs, isCa: false, uses: ['serverAuth', 'clientAuth'], uris, dnsNames: [], ipAddresses: [] };
}

/** What the leaf of a workload with a MeshIdentity says: no subject, its SPIFFE id and no other URI (X.509-SVID); both ends of a connection. */
export function workloadTemplate(spiffeId: string, now: number, lifetimeMs: number): CertificateTemplate {
  return { notBefore: now - backdatedBy(lifetimeMs), notAfter: now + lifetimeMs, isCa: false, uses: ['serverAuth', 'clientAuth'], uris: [spiffeId], dnsNames: [], ipAddresses: [] };
}

/** Names of a server or client inside the control plane. */
export interface ServerNames {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uses: readonly CertificateUse[];
}

/** What the certificate of a control plane's listener, or of Envoy's admin channel, says. */
export function serverTemplate(names: ServerNames, now: number, lifetimeMs: number): CertificateTemplate {
  const { commonName, dnsNames, ipAddresses, uses } = names;
  return { subject: { commonName }, notBefore: now - backdatedBy(lifetimeMs), notAfter: now + lifetimeMs, isCa: false, uses, uris: [], dnsNames, ipAddresses };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
