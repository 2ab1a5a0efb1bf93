import { isIp, type MeshExternalServiceSpec, type Resource } from '@weft/resource-model';
import type { PemSource, SecretRef } from '../proxy-view.ts';
import type { OriginationTls } from './egress-view.ts';

type Tls = NonNullable<MeshExternalServiceSpec['tls']>;
type Material = { readonly secret?: string | undefined; readonly inline?: string | undefined; readonly inlineString?: string | undefined } | undefined;

/** TLS towards a server, and the secrets that it takes. */
export interface Origination {
  readonly tls: OriginationTls;
  readonly secrets: readonly SecretRef[];
}

/** What a MeshExternalService says of TLS; undefined where it is spoken to in plaintext. `name` is that of its cluster. */
export function originationOf(resource: Resource<MeshExternalServiceSpec>, name: string): Origination | undefined {
  const { tls, endpoints = [] } = resource.spec;
  if (tls?.enabled !== true) return undefined;
  const { mode = 'Secured', serverName, caCert, clientCert, clientKey } = tls.verification ?? {};
  const hosts = [...new Set(endpoints.map(({ address }) => address))];
  const ca = mode === 'SkipCA' || mode === 'SkipAll' ? undefined : pemOf(caCert);
  const certificate = mode === 'SkipAll' ? undefined : pemOf(clientCert);
  const key = pemOf(clientKey) ?? { resource: { type: resource.type, name: resource.name, version: resource.version }, path: ['tls', 'verification', 'clientKey'] };
  return {
    tls: {
      serverName: serverName ?? hosts.find((host) => !isIp(host)) ?? '',
      // Without a CA to vouch for it, a name proves nothing.
      names: mode === 'Secured' ? expectedNames(tls, serverName === undefined ? hosts : [serverName]) : [],
      trust: mode === 'SkipCA' || mode === 'SkipAll' ? 'any' : ca === undefined ? 'system' : { secret: caName(name) },
      ...(certificate !== undefined && { certificate: certificateName(name) }),
      ...(tls.version?.min !== undefined && { minVersion: tls.version.min }),
      ...(tls.version?.max !== undefined && { maxVersion: tls.version.max }),
      allowRenegotiation: tls.allowRenegotiation ?? false,
    },
    secrets: [
      ...(ca === undefined ? [] : [{ kind: 'external-ca' as const, name: caName(name), mesh: resource.mesh, ca }]),
      ...(certificate === undefined ? [] : [{ kind: 'external-certificate' as const, name: certificateName(name), mesh: resource.mesh, certificate, key }]),
    ],
  };
}

/** SDS name of what a server outside must chain to. */
export function caName(cluster: string): string {
  return `external_ca:secret:${cluster}`;
}

/** SDS name of a certificate for a server outside. */
export function certificateName(cluster: string): string {
  return `external_cert:secret:${cluster}`;
}

function expectedNames({ verification }: Tls, hosts: readonly string[]): OriginationTls['names'] {
  const given = verification?.subjectAltNames ?? [];
  return given.length === 0 ? hosts.map((value) => ({ kind: 'exact', value })) : given.map(({ type = 'Exact', value }) => ({ kind: type === 'Prefix' ? 'prefix' : 'exact', value }));
}

/** Where the PEM of a source is to be found; undefined where it is kept apart, or is a file of the control plane's host. */
export function pemOf(material: Material): PemSource | undefined {
  if (material?.secret !== undefined) return { secret: material.secret };
  if (material?.inlineString !== undefined) return { pem: material.inlineString };
  return material?.inline === undefined ? undefined : { base64: material.inline };
}
