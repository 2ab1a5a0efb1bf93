import { anything, bool, bytes, int32, list, object, oneOf, opt, text, uint32, type Static } from '../../schema/fields.ts';

const VERSIONS = ['TLSAuto', 'TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;
const CertificateSchema = object({ secret: opt(text()), inline: opt(bytes()), inlineString: opt(text()) });
const KeySchema = object({ secret: opt(text()), inline: opt(bytes({ sensitive: true })), inlineString: opt(text({ sensitive: true })) });

const TlsSchema = object({
  enabled: opt(bool()),
  version: opt(object({ min: opt(oneOf(VERSIONS, { default: 'TLSAuto' })), max: opt(oneOf(VERSIONS, { default: 'TLSAuto' })) })),
  allowRenegotiation: opt(bool()),
  verification: opt(object({
    mode: opt(oneOf(['Secured', 'SkipSAN', 'SkipCA', 'SkipAll'], { default: 'Secured' })),
    serverName: opt(text()),
    subjectAltNames: opt(list(object({ type: opt(oneOf(['Exact', 'Prefix'], { default: 'Exact' })), value: text() }))),
    caCert: opt(CertificateSchema),
    clientCert: opt(CertificateSchema),
    clientKey: opt(KeySchema),
  })),
});

/** Spec of MeshExternalService. Source: Kuma 2.14. */
export const MeshExternalServiceSchema = object({
  match: object({ type: opt(oneOf(['HostnameGenerator'], { default: 'HostnameGenerator' })), port: int32(), protocol: opt(oneOf(['tcp', 'grpc', 'http', 'http2'], { default: 'tcp' })) }),
  extension: opt(object({ type: text(), config: opt(anything()) })),
  endpoints: opt(list(object({ address: text(), port: int32(), priority: opt(uint32()) }))),
  tls: opt(TlsSchema),
});

/** Spec of MeshExternalService. */
export type MeshExternalServiceSpec = Static<typeof MeshExternalServiceSchema>;
