export { APPS, type AppContext, type AppEntry } from './apps.ts';
export type { CompositionConfig, ControlPlaneConfig } from './control-plane-config.ts';
export { readConfig, type ConfigInput } from './read-config.ts';
export { startControlPlane, type ControlPlaneOptions, type RunningControlPlane } from './start-control-plane.ts';
