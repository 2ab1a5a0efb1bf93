import { create } from '@bufbuild/protobuf';
import { SubjectAltNameMatcher_SanType, SubjectAltNameMatcherSchema, TlsParameters_TlsProtocol, TlsParametersSchema, type SubjectAltNameMatcher, type TlsParameters } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/common_pb.js';
import { SdsSecretConfigSchema, type SdsSecretConfig } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import { CommonTlsContextSchema, DownstreamTlsContextSchema, UpstreamTlsContextSchema, type CommonTlsContext, type DownstreamTlsContext, type UpstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { MatchPattern } from './match-pattern.ts';
import { stringMatcher } from './match-pattern.ts';
import type { TlsVersion } from '@weft/proxy-view';
import { overAds } from './message-parts.ts';
import { caSecretName, identitySecretName } from './naming.ts';

/** Name of Envoy's TLS transport socket. */
export const TLS_SOCKET = 'envoy.transport_sockets.tls';

/** ALPN by which a mesh peer says that it speaks mesh TLS (Kuma's value, so peers of either product agree). */
export const MESH_ALPN = 'kuma';

/** Bounds and ciphers as MeshTLS has them. */
export interface TlsSettings {
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly ciphers?: readonly string[];
}

const PROTOCOLS: Readonly<Record<TlsVersion, TlsParameters_TlsProtocol>> = {
  TLSAuto: TlsParameters_TlsProtocol.TLS_AUTO,
  TLS10: TlsParameters_TlsProtocol.TLSv1_0,
  TLS11: TlsParameters_TlsProtocol.TLSv1_1,
  TLS12: TlsParameters_TlsProtocol.TLSv1_2,
  TLS13: TlsParameters_TlsProtocol.TLSv1_3,
};

/** TLS parameters, or undefined where nothing is set and Envoy's defaults hold. */
export function tlsParameters(settings: TlsSettings): TlsParameters | undefined {
  const { minVersion, maxVersion, ciphers } = settings;
  if (minVersion === undefined && maxVersion === undefined && ciphers === undefined) return undefined;
  return create(TlsParametersSchema, {
    tlsMinimumProtocolVersion: PROTOCOLS[minVersion ?? 'TLSAuto'],
    tlsMaximumProtocolVersion: PROTOCOLS[maxVersion ?? 'TLSAuto'],
    cipherSuites: [...(ciphers ?? [])],
  });
}

/** Which secrets a mesh TLS context refers to. */
export interface MeshSecretNames {
  readonly identity: string;
  readonly ca: string;
}

/** The secrets of the mesh's own CA. */
export function meshSecretNames(mesh: string, unified: boolean): MeshSecretNames {
  return { identity: identitySecretName(mesh, unified), ca: caSecretName(mesh, unified) };
}

/** Server side of mesh TLS: a client certificate of this mesh (SPIFFE id below `spiffe://<mesh>/`) is required. */
export function downstreamTls(mesh: string, secrets: MeshSecretNames, settings: TlsSettings): DownstreamTlsContext {
  return create(DownstreamTlsContextSchema, {
    requireClientCertificate: true,
    commonTlsContext: commonContext(secrets, [{ kind: 'prefix', value: `spiffe://${mesh}/` }], settings),
  });
}

/** Client side of mesh TLS: the server must hold one of the SPIFFE ids. */
export function upstreamTls(peer: TlsSettings & { readonly sni: string; readonly spiffeIds: readonly string[] }, secrets: MeshSecretNames): UpstreamTlsContext {
  const common = commonContext(secrets, peer.spiffeIds.map((value) => ({ kind: 'exact', value })), peer);
  common.alpnProtocols.push(MESH_ALPN);
  return create(UpstreamTlsContextSchema, { sni: peer.sni, commonTlsContext: common });
}

function commonContext(secrets: MeshSecretNames, peers: readonly MatchPattern[], settings: TlsSettings): CommonTlsContext {
  const tlsParams = tlsParameters(settings);
  return create(CommonTlsContextSchema, {
    ...(tlsParams !== undefined && { tlsParams }),
    tlsCertificateSdsSecretConfigs: [secretOverAds(secrets.identity)],
    validationContextType: {
      case: 'combinedValidationContext',
      value: {
        defaultValidationContext: { matchTypedSubjectAltNames: peers.map(uriMatcher) },
        validationContextSdsSecretConfig: secretOverAds(secrets.ca),
      },
    },
  });
}

/** A secret that Envoy asks for by ADS. */
export function secretOverAds(name: string): SdsSecretConfig {
  return create(SdsSecretConfigSchema, { name, sdsConfig: overAds() });
}

function uriMatcher(pattern: MatchPattern): SubjectAltNameMatcher {
  return create(SubjectAltNameMatcherSchema, { sanType: SubjectAltNameMatcher_SanType.URI, matcher: stringMatcher(pattern) });
}
