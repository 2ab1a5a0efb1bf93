export { buildCluster, buildInbound, buildOutbound } from './build.ts';
export { POLICY_PLUGINS } from './plugins.ts';
export type { PolicyPlugin } from './policy-plugin.ts';
