import { create } from '@bufbuild/protobuf';
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { DataSourceSchema, type DataSource } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { SecretSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import { packAny } from '@weft/envoy-proto';
import { SPIFFECertValidatorConfigSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_spiffe_validator_config_pb.js';
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
  return secretResource(create(SecretSchema, { name, type: { case: 'validationContext', value: { trustedCa: inline(joined(caPem)) } } }));
}

/**
 * The secret that holds the CAs of each trust domain: a peer's certificate must chain to a CA of the domain of its own
 * SPIFFE id, so that no CA can speak for a domain that is not its own. `domains` is not empty, and names each once.
 */
export function buildTrustBundleSecret(name: string, domains: readonly { readonly name: string; readonly caPem: readonly string[] }[]): EnvoyResource {
  const trustDomains = domains.map((domain) => ({ name: domain.name, trustBundle: inline(joined(domain.caPem)) }));
  return secretResource(create(SecretSchema, {
    name,
    type: { case: 'validationContext', value: { customValidatorConfig: { name: 'envoy.tls.cert_validator.spiffe', typedConfig: packAny(SPIFFECertValidatorConfigSchema, { trustDomains }) } } },
  }));
}

function joined(pems: readonly string[]): string {
  return pems.map((pem) => `${pem.trimEnd()}\n`).join('');
}

function inline(text: string): DataSource {
  return create(DataSourceSchema, { specifier: { case: 'inlineBytes', value: getTextEncoding().encodeUtf8(text) } });
}
