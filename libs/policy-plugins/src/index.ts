export { buildCluster, buildInbound, buildOutbound, finishedChanges } from './build.ts';
export { POLICY_PLUGINS } from './plugins.ts';
export type { FinishedChange, PolicyPlugin } from './policy-plugin.ts';
