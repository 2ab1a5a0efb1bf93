import { create } from '@bufbuild/protobuf';
import { CertificateValidationContextSchema, SubjectAltNameMatcher_SanType as SanType, SubjectAltNameMatcherSchema, type CertificateValidationContext, type SubjectAltNameMatcher } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/common_pb.js';
import { CommonTlsContextSchema, UpstreamTlsContextSchema, type CommonTlsContext, type UpstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { OriginationTls, Protocol } from '@weft/proxy-view';
import { isHttp } from '../filter-chain.ts';
import { stringMatcher, type MatchPattern } from '../match-pattern.ts';
import { secretOverAds, tlsParameters } from '../tls-context.ts';

/** Where Debian and its kin keep the CAs of the system; agents say where theirs are. */
const SYSTEM_CAS = '/etc/ssl/certs/ca-certificates.crt';

/** Client side of TLS with a server outside the mesh. */
export function originationTls(tls: OriginationTls, protocol: Protocol, systemCaPath = SYSTEM_CAS): UpstreamTlsContext {
  return create(UpstreamTlsContextSchema, { sni: tls.serverName, allowRenegotiation: tls.allowRenegotiation, commonTlsContext: commonContext(tls, protocol, systemCaPath) });
}

function commonContext(tls: OriginationTls, protocol: Protocol, systemCaPath: string): CommonTlsContext {
  const tlsParams = tlsParameters(tls);
  return create(CommonTlsContextSchema, {
    ...(tlsParams !== undefined && { tlsParams }),
    // Servers that speak both choose by it.
    ...(isHttp(protocol) && { alpnProtocols: [protocol === 'http' ? 'http/1.1' : 'h2'] }),
    ...(tls.certificate !== undefined && { tlsCertificateSdsSecretConfigs: [secretOverAds(tls.certificate)] }),
    ...validation(tls, systemCaPath),
  });
}

function validation({ trust, names }: OriginationTls, systemCaPath: string): { readonly validationContextType?: CommonTlsContext['validationContextType'] } {
  if (trust === 'any') return {};
  const matchTypedSubjectAltNames = names.flatMap(nameMatchers);
  const context = (init: object): CertificateValidationContext => create(CertificateValidationContextSchema, { matchTypedSubjectAltNames, ...init });
  if (trust === 'system') return { validationContextType: { case: 'validationContext', value: context({ trustedCa: { specifier: { case: 'filename', value: systemCaPath } } }) } };
  const { validationContextType } = create(CommonTlsContextSchema, { validationContextType: { case: 'combinedValidationContext', value: { defaultValidationContext: context({}), validationContextSdsSecretConfig: secretOverAds(trust.secret) } } });
  return { validationContextType };
}

/** A host may be named by a DNS name or an IP address. */
function nameMatchers(pattern: MatchPattern): SubjectAltNameMatcher[] {
  return [SanType.DNS, SanType.IP_ADDRESS].map((sanType) => create(SubjectAltNameMatcherSchema, { sanType, matcher: stringMatcher(pattern) }));
}
