export { SimulatedEnvoy, type Variant } from './testing/simulated-envoy.ts';
export { sampleResource, sampleSnapshot, type SampleVersions } from './testing/sample-snapshot.ts';
