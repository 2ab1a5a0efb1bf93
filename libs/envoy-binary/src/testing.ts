export { ensureEnvoy } from './ensure-envoy.ts';
