import { canonicalJson, contentHash } from '@weft/kernel';
import { proxyId, type ProxyKey, type SecretRef } from '@weft/proxy-view';

/** A secret that holds a certificate of the proxy's own. */
export type IdentityRef = Extract<SecretRef, { kind: 'identity' | 'workload' | 'admin' }>;

/** What a leaf's version says: enough to decide, after a restart, whether a proxy may keep the certificate it holds. */
export interface LeafVersion {
  /** Hash of the proxy, its identity and the CA backend. */
  readonly identity: string;
  readonly serial: string;
  /** Milliseconds since the Unix epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly issuerGeneration: number;
}

/** The identity that a certificate stands for. It names the proxy too: no two proxies share a leaf. */
export function identityHash(proxy: ProxyKey, ref: IdentityRef, backend: string): string {
  return contentHash(canonicalJson({ proxy: proxyId(proxy), backend, mesh: ref.mesh, ...subjectOf(ref) }));
}

function subjectOf(ref: IdentityRef): object {
  switch (ref.kind) {
    case 'workload': return { spiffeId: ref.spiffeId };
    case 'identity': return { services: ref.services, tags: ref.tags };
    case 'admin': return { admin: ref.proxy };
  }
}

/** As the version of the SDS resource. */
export function formatLeafVersion(version: LeafVersion): string {
  return [version.identity, version.serial, version.notBefore, version.notAfter, version.issuerGeneration].join('.');
}

/** The inverse of {@link formatLeafVersion}; undefined for any other text. */
export function parseLeafVersion(text: string): LeafVersion | undefined {
  const match = /^([0-9a-f]{16})\.([0-9a-zA-Z:]+)\.(\d{1,16})\.(\d{1,16})\.(\d{1,9})$/.exec(text);
  if (match === null) return undefined;
  const [, identity = '', serial = '', notBefore, notAfter, generation] = match;
  return { identity, serial, notBefore: Number(notBefore), notAfter: Number(notAfter), issuerGeneration: Number(generation) };
}

/** When a leaf is to be replaced: after four fifths of its life. */
export function rotationDue({ notBefore, notAfter }: Pick<LeafVersion, 'notBefore' | 'notAfter'>): number {
  return notBefore + (notAfter - notBefore) * 0.8;
}
