import { create } from '@bufbuild/protobuf';
import { SubjectAltNameMatcher_SanType, SubjectAltNameMatcherSchema, TlsParameters_TlsProtocol, TlsParametersSchema, type SubjectAltNameMatcher, type TlsParameters } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/common_pb.js';
import { SdsSecretConfigSchema, type SdsSecretConfig } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import { CommonTlsContextSchema, DownstreamTlsContextSchema, UpstreamTlsContextSchema, type CommonTlsContext, type DownstreamTlsContext, type UpstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { MatchPattern } from './match-pattern.ts';
import { stringMatcher } from './match-pattern.ts';
import type { MeshCredentials, TlsVersion } from '@weft/proxy-view';
import { duration, overAds } from './message-parts.ts';
import { caSecretName, identitySecretName, type AdminSecretNames } from './naming.ts';

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

/** The credentials of a context; those of the mesh's own CA where it names none. */
export function credentialsOf({ mesh, unifiedNaming, credentials }: { readonly mesh: { readonly name: string }; readonly unifiedNaming: boolean; readonly credentials?: MeshCredentials | undefined }): MeshCredentials {
  return credentials ?? { identity: identitySecretName(mesh.name, unifiedNaming), trust: caSecretName(mesh.name, unifiedNaming), clients: [`spiffe://${mesh.name}/`] };
}

/** Server side of mesh TLS: a client certificate is required, with a SPIFFE id below one of those that may call. */
export function downstreamTls(credentials: MeshCredentials, settings: TlsSettings): DownstreamTlsContext {
  return create(DownstreamTlsContextSchema, {
    requireClientCertificate: true,
    commonTlsContext: commonContext(credentials, credentials.clients.map((value) => ({ kind: 'prefix', value })), settings),
  });
}

/** Client side of mesh TLS: the server must hold one of the SPIFFE ids. */
export function upstreamTls(peer: TlsSettings & { readonly sni: string; readonly spiffeIds: readonly string[] }, credentials: MeshCredentials): UpstreamTlsContext {
  const common = commonContext(credentials, peer.spiffeIds.map((value) => ({ kind: 'exact', value })), peer);
  common.alpnProtocols.push(MESH_ALPN);
  return create(UpstreamTlsContextSchema, { sni: peer.sni, commonTlsContext: common });
}

/** Client side of mesh TLS towards any proxy of the mesh: its SPIFFE id must only be below one of those that may call here. */
export function upstreamTlsToAny(credentials: MeshCredentials, settings: TlsSettings): UpstreamTlsContext {
  const common = commonContext(credentials, credentials.clients.map((value) => ({ kind: 'prefix', value })), settings);
  common.alpnProtocols.push(MESH_ALPN);
  return create(UpstreamTlsContextSchema, { commonTlsContext: common });
}

function commonContext(credentials: MeshCredentials, peers: readonly MatchPattern[], settings: TlsSettings): CommonTlsContext {
  const tlsParams = tlsParameters(settings);
  return create(CommonTlsContextSchema, {
    ...(tlsParams !== undefined && { tlsParams }),
    tlsCertificateSdsSecretConfigs: [secretOverAds(credentials.identity)],
    validationContextType: {
      case: 'combinedValidationContext',
      value: {
        defaultValidationContext: { matchTypedSubjectAltNames: peers.map(uriMatcher) },
        validationContextSdsSecretConfig: secretOverAds(credentials.trust),
      },
    },
  });
}

/** A secret that Envoy asks for by ADS. */
export function secretOverAds(name: string): SdsSecretConfig {
  return create(SdsSecretConfigSchema, { name, sdsConfig: overAds() });
}

/** Server side of the admin listener: its client must be the control plane, by a certificate of the CA that is pinned here. */
export function adminTls({ certificate, clientCa }: AdminSecretNames, clientName: string): DownstreamTlsContext {
  return create(DownstreamTlsContextSchema, {
    requireClientCertificate: true,
    commonTlsContext: create(CommonTlsContextSchema, {
      tlsCertificateSdsSecretConfigs: [lateSecret(certificate)],
      validationContextType: {
        case: 'combinedValidationContext',
        value: {
          defaultValidationContext: {
            matchTypedSubjectAltNames: [create(SubjectAltNameMatcherSchema, { sanType: SubjectAltNameMatcher_SanType.DNS, matcher: stringMatcher({ kind: 'exact', value: clientName }) })],
          },
          validationContextSdsSecretConfig: lateSecret(clientCa),
        },
      },
    }),
  });
}

/** The least that Envoy takes; zero means to wait for ever. */
const LATE_MS = 1;

/** A secret that comes when somebody looks into the Envoy, so nothing waits for it: until it is there, connections with TLS are closed and all else works. */
function lateSecret(name: string): SdsSecretConfig {
  const config = secretOverAds(name);
  if (config.sdsConfig !== undefined) config.sdsConfig.initialFetchTimeout = duration(LATE_MS);
  return config;
}

function uriMatcher(pattern: MatchPattern): SubjectAltNameMatcher {
  return create(SubjectAltNameMatcherSchema, { sanType: SubjectAltNameMatcher_SanType.URI, matcher: stringMatcher(pattern) });
}
