export { AdsClient } from './testing/ads-client.ts';
export { HandMadeEngine } from './testing/hand-made-engine.ts';
export { testConfig } from './testing/test-config.ts';
export { TestPlane } from './testing/test-plane.ts';
