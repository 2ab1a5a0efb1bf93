import { create } from '@bufbuild/protobuf';
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { DataSourceSchema, type DataSource } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { SecretSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import { secretResource, type EnvoyResource } from './contract.ts';

/** A certificate chain (leaf first) with its private key, both PEM. Goes to one proxy and nowhere else. */
export interface CertificateWithKey {
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
}

/** The secret that holds a proxy's leaf certificate. */
export function buildIdentitySecret(name: string, { certificateChainPem, privateKeyPem }: CertificateWithKey): EnvoyResource {
  return secretResource(create(SecretSchema, {
    name,
    type: { case: 'tlsCertificate', value: { certificateChain: inline(certificateChainPem), privateKey: inline(privateKeyPem) } },
  }));
}

/** The secret that holds the certificates which peers must chain to (PEM, one after the other). */
export function buildValidationSecret(name: string, caPem: readonly string[]): EnvoyResource {
  const bundle = caPem.map((pem) => pem.trimEnd() + '\n').join('');
  return secretResource(create(SecretSchema, { name, type: { case: 'validationContext', value: { trustedCa: inline(bundle) } } }));
}

function inline(text: string): DataSource {
  return create(DataSourceSchema, { specifier: { case: 'inlineBytes', value: getTextEncoding().encodeUtf8(text) } });
}
