/** Which control plane this is, as far as rules about names and labels depend on it. */
export interface ControlPlaneSite {
  readonly mode: 'global' | 'zone';
  /** True for a zone that is connected to a global control plane. */
  readonly federated: boolean;
  /** Name of the zone; `default` where it is not federated. */
  readonly zone: string;
  /** In a federated zone a writer need not say `kuma.io/origin: zone` (`multizone.zone.disableOriginLabelValidation`). */
  readonly originLabelOptional?: boolean;
  /** `universal` or `kubernetes`. */
  readonly environment: string;
}
