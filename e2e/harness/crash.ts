import type { TestProxy } from './test-mesh.ts';

/** Ends a proxy, agent and Envoy, as when its machine loses power: nothing says goodbye. */
export async function crash(proxy: TestProxy | undefined): Promise<void> {
  if (proxy === undefined) throw new Error('no such proxy');
  const envoy = proxy.envoyPid();
  await proxy.agent.kill('SIGKILL');
  process.kill(envoy, 'SIGKILL');
}
