import type { TestProxy } from './test-mesh.ts';

/** Ends a proxy, agent and Envoy at once, as when its machine loses power: nothing says goodbye. */
export async function crash(proxy: TestProxy | undefined): Promise<void> {
  if (proxy === undefined) throw new Error('no such proxy');
  // Without a pause between the two: an Envoy without its agent may end by itself, and an agent tells of an Envoy that ended.
  const ended = proxy.agent.kill('SIGKILL');
  process.kill(proxy.envoyPid(), 'SIGKILL');
  await ended;
}
