export type { Change, ChangeRecord, Revision } from './change.ts';
export { formatRevision, hasReached, parseRevision } from './revision.ts';
export { readDocument, type ReadDocument } from './documents/read-document.ts';
export { metaDocument, toDocument, type ResourceDocument } from './documents/to-document.ts';
export { isCompatibleAgent, KUMA_VERSION } from './kuma-version.ts';
export { labelViolations } from './metadata/check-labels.ts';
export { isDnsSubdomain, nameViolations } from './metadata/check-name.ts';
export { computeLabels, immutableLabelViolations } from './metadata/compute-labels.ts';
export { displayNameOf, formatKri, kriOf, parseKri, type Kri } from './metadata/kri.ts';
export type { ControlPlaneSite } from './metadata/site.ts';
export { createRegistry, type TypeRegistry } from './registry.ts';
export type { Column, FeedVisibility, Origin, PolicyTraits, ResourceType, ValidationContext } from './resource-type.ts';
export { keyOf, parseResourceId, resourceId, type Resource, type ResourceId, type ResourceKey } from './resource.ts';
export { secureDataSourceViolations } from './rules/secure-data-source.ts';
export { isIp, isIpv4, isIpv6 } from './rules/address.ts';
export { portViolations } from './rules/port.ts';
export { tagViolations, type TagRules } from './rules/tags.ts';
export { ConditionsSchema, type Condition } from './schema/conditions.ts';
export { DataSourceSchema, SensitiveDataSourceSchema, type DataSource } from './schema/data-source.ts';
export { SecureDataSourceSchema, SensitiveSecureDataSourceSchema, type SecureDataSource } from './schema/secure-data-source.ts';
export {
  anything, bool, bytes, duration, int32, intOrString, list, object, oneOf, opt, protoDuration, protoEnum, stringMap, text, uint32,
  type FieldOptions, type Static, type TSchema,
} from './schema/fields.ts';
export { extractSensitive, hasSensitiveFields, restoreSensitive, type Extracted, type SensitiveValues } from './sensitive/sensitive-fields.ts';
export { coreTypes } from './types/core-types.ts';
export { externalHostname } from './types/external-service/external-hostname.ts';
export type { ExternalServiceSpec } from './types/external-service/external-service.ts';
export { dataplaneInsightType } from './types/dataplane-insight/dataplane-insight.ts';
export type { DataplaneInsightSpec, DiscoverySubscription } from './types/dataplane-insight/schema.ts';
export { dataplaneType } from './types/dataplane/dataplane.ts';
export type {
  DataplaneInbound, DataplaneListener, DataplaneNetworking, DataplaneOutbound, DataplaneSpec, DataplaneTransparentProxying,
} from './types/dataplane/schema.ts';
export { withZoneTag } from './types/dataplane/zone-tag.ts';
export { hostnameGeneratorType, type HostnameGeneratorSpec } from './types/hostname-generator/hostname-generator.ts';
export { configType, tokenPublicKeyType, tokenRevocationsType, trustBundleType, virtualIpType } from './types/internal/internal-types.ts';
export type { ConfigSpec, TokenPublicKeySpec, TokenRevocationsSpec, TrustBundleSpec, VirtualIpSpec, ZoneLivenessSpec, ZoneWithdrawalSpec } from './types/internal/schema.ts';
export { meshIdentityType } from './types/mesh-identity/mesh-identity.ts';
export { MeshIdentityStatusSchema, type BundledProvider, type MeshIdentitySpec, type MeshIdentityStatus } from './types/mesh-identity/schema.ts';
export type { MeshExternalServiceSpec } from './types/mesh-external-service/schema.ts';
export type { MeshMultiZoneServiceSpec } from './types/mesh-multi-zone-service/mesh-multi-zone-service.ts';
export { meshServiceType } from './types/mesh-service/mesh-service.ts';
export {
  MeshExternalServiceStatusSchema, MeshMultiZoneServiceStatusSchema, MeshServiceStatusSchema, type MeshExternalServiceStatus, type MeshMultiZoneServiceStatus, type MeshServicePort, type MeshServiceSpec, type MeshServiceStatus,
} from './types/mesh-service/schema.ts';
export { serviceSnis, type PortSni } from './types/mesh-service/snis.ts';
export type { MeshZoneAddressSpec } from './types/mesh-zone-address/mesh-zone-address.ts';
export { meshTrustType } from './types/mesh-trust/mesh-trust.ts';
export type { MeshOpenTelemetryBackendSpec } from './types/mesh-open-telemetry-backend/mesh-open-telemetry-backend.ts';
export { MeshTrustStatusSchema, type MeshTrustSpec, type MeshTrustStatus } from './types/mesh-trust/schema.ts';
export { meshType } from './types/mesh/mesh.ts';
export { CA_BACKEND_TYPES, type CaBackend, type MeshSpec } from './types/mesh/schema.ts';
export type { SecretSpec } from './types/secret/schema.ts';
export { globalSecretType, secretType } from './types/secret/secret.ts';
export type { WorkloadSpec, WorkloadStatus } from './types/workload/schema.ts';
export { workloadType } from './types/workload/workload.ts';
export { zoneEgressType, type ZoneEgressSpec } from './types/zone-egress/zone-egress.ts';
export { zoneIngressType, type ZoneIngressSpec } from './types/zone-ingress/zone-ingress.ts';
export type { ZoneInsightSpec } from './types/zone-insight/schema.ts';
export { zoneInsightType } from './types/zone-insight/zone-insight.ts';
export type { ZoneSpec } from './types/zone/schema.ts';
export { zoneType } from './types/zone/zone.ts';
export { isObject } from './validation/conform.ts';
export { validateResource, type ResourceContext } from './validation/validate-resource.ts';
export { INERT_WARNING, validateSpec, type Validated } from './validation/validate-spec.ts';
export { joinPath } from './validation/violation-path.ts';
