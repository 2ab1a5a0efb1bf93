export { dataplane, mesh, policy, resource, virtualIp, type DataplaneSketch } from './testing/resources.ts';
export { client, drain, step } from './testing/run-engine.ts';
export { readEndpoints, readPassages, readResource } from './testing/read-snapshot.ts';
