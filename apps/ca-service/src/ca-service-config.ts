/** What ca-service reads of the configuration tree; key names as in Kuma 2.14. */
export interface CaServiceConfig {
  readonly mode: 'zone' | 'global';
  readonly multizone: { readonly zone: { readonly name: string; readonly globalAddress: string } };
}

/** True where meshes and their builtin CAs come from a global control plane, so that none is made here. */
export function takesCasFromGlobal(config: CaServiceConfig): boolean {
  return config.mode === 'zone' && config.multizone.zone.globalAddress !== '';
}
