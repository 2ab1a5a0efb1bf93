import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressesOf } from '../harness/ask-dns.ts';
import { HttpApp } from '../harness/http-app.ts';
import { serve } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type ProxyHost, type TestProxy } from '../harness/test-mesh.ts';

/** Two proxies whose connections are to be redirected: one agent answers names itself, the other leaves that to Envoy. */
describe('names beside the application, with real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let appPort: number;
  let agentDns: number;
  let envoyDns: number;
  let agentDir = '';
  let proxy: TestProxy;

  beforeAll(async () => {
    const ports = await freePorts(7);
    [appPort = 0, agentDns = 0, envoyDns = 0] = ports;
    mesh = await TestMesh.start({ mtls: 'STRICT' });
    app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: appPort });
    await serve(mesh, { name: 'backend', address: '127.0.7.1' }, appPort);
    proxy = await startRedirected('by-agent', '127.0.7.2', { ports: [ports[3] ?? 0, ports[4] ?? 0], env: { KUMA_DNS_PROXY_PORT: String(agentDns) } });
    await startRedirected('by-envoy', '127.0.7.3', { ports: [ports[5] ?? 0, ports[6] ?? 0], env: { KUMA_DNS_PROXY_PORT: '0', KUMA_DNS_ENVOY_DNS_PORT: String(envoyDns) } });
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  async function startRedirected(name: string, address: string, { ports, env }: { readonly ports: readonly [number, number]; readonly env: Readonly<Record<string, string>> }): Promise<TestProxy> {
    const host: ProxyHost = { controlPlane: '127.0.0.1', command: (args) => args, prepare: (workDir) => { if (name === 'by-agent') agentDir = workDir; }, flags: [], env };
    const [inbound] = await freePorts(1);
    return mesh.startProxy({ name, host, networking: {
      address,
      inbound: [{ port: inbound, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': name, 'kuma.io/protocol': 'http' } }],
      transparentProxying: { redirectPortInbound: ports[0], redirectPortOutbound: ports[1], ...(name === 'by-agent' && { directAccessServices: ['backend'] }) },
    } });
  }

  it('are answered by the agent, from a table that Envoy serves', async () => {
    await until('the agent knows backend.mesh', async () => (await addressesOf('backend.mesh', agentDns)).length === 1);
    const [vip] = await addressesOf('backend.mesh', agentDns);
    expect(vip).toMatch(/^2(4|5)\d\./);
    const first = await askEnvoy();
    expect(JSON.parse(first.body)).toMatchObject({ ttl: 30, extraLabels: { mesh: 'default' }, records: expect.arrayContaining([{ name: 'backend.mesh', ips: expect.arrayContaining([vip]) as unknown }]) as unknown });
    expect((await askEnvoy(first.etag)).status).toBe(304);
    expect((await askEnvoy('another')).status).toBe(200);
  });

  it('are answered by Envoy for an agent that does not', async () => {
    await until('Envoy knows backend.mesh', async () => (await addressesOf('backend.mesh', envoyDns)).length === 1);
    expect(await addressesOf('backend.mesh', envoyDns)).toEqual(await addressesOf('backend.mesh', agentDns));
  });

  it('are not needed by who asks for direct access: Envoy takes a listener for each instance, with mesh TLS behind', async () => {
    await until('Envoy has the listener', async () => (await proxy.admin('/listeners')).includes('direct_access_127.0.7.1'));
    expect(await proxy.admin('/clusters?filter=direct_access')).toContain('direct_access::');
    expect(await proxy.admin('/stats?filter=cluster_manager.warming_clusters')).toContain('cluster_manager.warming_clusters: 0');
  });

  it('appear while the proxies run, and stay while the control plane is away', async () => {
    const before = await askEnvoy();
    await serve(mesh, { name: 'newcomer', address: '127.0.7.4' }, appPort);
    await until('the agent knows newcomer.mesh', async () => (await addressesOf('newcomer.mesh', agentDns)).length === 1);
    await until('Envoy knows newcomer.mesh', async () => (await addressesOf('newcomer.mesh', envoyDns)).length === 1);
    expect((await askEnvoy(before.etag)).status).toBe(200);
    await mesh.stopPlane();
    expect(await addressesOf('newcomer.mesh', agentDns)).toHaveLength(1);
    expect(await addressesOf('newcomer.mesh', envoyDns)).toHaveLength(1);
  });

  /** The table as the agent reads it. */
  async function askEnvoy(etag?: string): Promise<{ readonly status: number | undefined; readonly etag: string; readonly body: string }> {
    const call = request({ socketPath: join(agentDir, 'kuma-mesh-metric-config.sock'), path: '/dns', agent: false, headers: etag === undefined ? {} : { 'if-none-match': etag } }).end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return { status: response.statusCode, etag: String(response.headers.etag), body };
  }
});
