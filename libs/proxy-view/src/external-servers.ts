import type { ExternalServer } from '@weft/mesh-index';
import { isIp } from '@weft/resource-model';
import type { ExternalServerView, SecretRef } from './proxy-view.ts';
import { caName, certificateName, pemOf, type Origination } from './zone-proxy/origination-tls.ts';

/** Servers of an ExternalService as proxies dial them, and the secrets that this takes. */
export function externalServers(mesh: string, servers: readonly ExternalServer[]): { readonly views: readonly ExternalServerView[]; readonly secrets: readonly SecretRef[] } {
  const found = servers.map((server) => ({ server, origination: originationTo(mesh, server) }));
  return {
    views: found.map(({ server: { name, address, port }, origination }) => ({ name, address, port, ...(origination !== undefined && { tls: origination.tls }) })),
    secrets: found.flatMap(({ origination }) => origination?.secrets ?? []),
  };
}

/** As in Kuma 2.14, a server without a CA to vouch for it is taken for whom it says it is. */
function originationTo(mesh: string, { name, version, address, tls }: ExternalServer): Origination | undefined {
  if (tls?.enabled !== true) return undefined;
  const id = `${mesh}:${name}`;
  const ca = pemOf(tls.caCert);
  const certificate = pemOf(tls.clientCert);
  const key = pemOf(tls.clientKey) ?? { resource: { type: 'ExternalService', name, version }, path: ['networking', 'tls', 'clientKey'] };
  return {
    tls: {
      serverName: (tls.serverName ?? '') !== '' ? tls.serverName ?? '' : isIp(address) ? '' : address,
      names: tls.skipHostnameVerification === true ? [] : [{ kind: 'exact', value: address }],
      // One that cannot be read is never there: nobody is trusted then.
      trust: tls.caCert === undefined ? 'any' : { secret: caName(id) },
      ...(certificate !== undefined && { certificate: certificateName(id) }),
      allowRenegotiation: tls.allowRenegotiation ?? false,
    },
    secrets: [
      ...(ca === undefined ? [] : [{ kind: 'external-ca' as const, name: caName(id), mesh, ca }]),
      ...(certificate === undefined ? [] : [{ kind: 'external-certificate' as const, name: certificateName(id), mesh, certificate, key }]),
    ],
  };
}
