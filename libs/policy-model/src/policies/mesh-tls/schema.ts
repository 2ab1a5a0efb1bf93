import { list, object, oneOf, opt, type Static } from '@weft/resource-model';
import { TargetRefSchema } from '../../target-ref/schema.ts';

/** TLS versions, lowest first (TLSAuto: Envoy's choice). */
export const TLS_VERSIONS = ['TLSAuto', 'TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;
const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-CHACHA20-POLY1305',
] as const;

/** What MeshTLS sets. */
export const MeshTlsConfSchema = object({
  tlsVersion: opt(object({ min: opt(oneOf(TLS_VERSIONS, { default: 'TLSAuto' })), max: opt(oneOf(TLS_VERSIONS, { default: 'TLSAuto' })) })),
  tlsCiphers: opt(list(oneOf(CIPHERS))),
  mode: opt(oneOf(['Permissive', 'Strict'])),
});

/** Spec of MeshTLS. Source: Kuma 2.14. */
export const MeshTlsSchema = object({
  targetRef: opt(TargetRefSchema),
  rules: opt(list(object({ default: opt(MeshTlsConfSchema) }))),
  from: opt(list(object({ targetRef: TargetRefSchema, default: opt(MeshTlsConfSchema) }))),
});

/** Spec of MeshTLS. */
export type MeshTlsSpec = Static<typeof MeshTlsSchema>;
/** What MeshTLS sets. */
export type MeshTlsConf = Static<typeof MeshTlsConfSchema>;
