import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressesOf } from '../harness/ask-dns.ts';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { serve } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const VERSIONS = ['v1', 'v2'] as const;
const PARAMETERS = [{ name: 'service', tagKey: 'kuma.io/service' }, { name: 'version' }];

/** Virtual addresses are of loopback here, and one client binds them: so it is called without redirection. */
describe('VirtualOutbound, with real Envoys', () => {
  let mesh: TestMesh;
  let client: TestProxy;
  let dnsPort = 0;
  const apps: HttpApp[] = [];

  beforeAll(async () => {
    mesh = await TestMesh.start({ mtls: 'STRICT', env: { KUMA_DNS_SERVER_CIDR: '127.64.0.0/16' } });
    await mesh.allowAll();
    const ports = await freePorts(6);
    dnsPort = ports[5] ?? 0;
    for (const [index, version] of VERSIONS.entries()) {
      apps.push(await HttpApp.listen({ name: version, host: '127.0.0.1', port: ports[index] ?? 0 }));
      await serve(mesh, { name: `api-${version}`, service: 'api', address: `127.0.9.${index + 1}`, tags: { version } }, ports[index] ?? 0);
    }
    client = await startClient('binding', '127.0.9.8', { flags: ['--bind-outbounds'] });
    await startClient('redirected', '127.0.9.9', { transparentProxying: { redirectPortInbound: ports[3], redirectPortOutbound: ports[4] }, env: { KUMA_DNS_PROXY_PORT: '0', KUMA_DNS_ENVOY_DNS_PORT: String(dnsPort) } });
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  async function startClient(name: string, address: string, { flags = [], env = {}, transparentProxying }: { readonly flags?: readonly string[]; readonly env?: Readonly<Record<string, string>>; readonly transparentProxying?: object }): Promise<TestProxy> {
    const [inbound, app] = await freePorts(2);
    return mesh.startProxy({
      name,
      host: { controlPlane: '127.0.0.1', command: (args) => args, prepare: () => undefined, flags, env },
      networking: { address, inbound: [{ port: inbound, servicePort: app, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': name } }], ...(transparentProxying !== undefined && { transparentProxying }) },
    });
  }

  const virtualOutbound = (name: string, selectors: readonly object[], conf: object) =>
    mesh.api.put(`/meshes/${mesh.mesh}/virtual-outbounds/${name}`, { type: 'VirtualOutbound', mesh: mesh.mesh, name, selectors, conf });

  const ask = async (host: string, port: number): Promise<string> => {
    const [address] = await addressesOf(host, dnsPort);
    return address === undefined ? `${host} is not known` : (await httpGet(`http://${address}:${port}`)).body;
  };

  it('each host name leads to the instances with its tags, and to no other', async () => {
    await virtualOutbound('by-version', [{ match: { 'kuma.io/service': 'api' } }], { host: '{{.version}}.{{.service}}.test', port: '8086', parameters: PARAMETERS });
    for (const version of VERSIONS) {
      await until(`${version} answers to its name`, async () => (await ask(`${version}.api.test`, 8086)) === version);
      for (let request = 0; request < 5; request += 1) expect(await ask(`${version}.api.test`, 8086)).toBe(version);
    }
    expect(await addressesOf('v3.api.test', dnsPort)).toEqual([]);
  });

  it('a host of its plain name keeps the address of that name', async () => {
    const before = await addressesOf('api.mesh', dnsPort);
    await virtualOutbound('plain', [{ match: { 'kuma.io/service': 'api' } }], { host: '{{.service}}.mesh', port: '8087', parameters: PARAMETERS.slice(0, 1) });
    await until('the port is open', async () => /^v[12]$/.test(await ask('api.mesh', 8087)));
    expect(await addressesOf('api.mesh', dnsPort)).toEqual(before);
    expect(VERSIONS).toContain(await ask('api.mesh', 80));
  });

  it('what fails is said in the log and harms nobody; names go with their VirtualOutbound, and come back with the same address', async () => {
    const before = await addressesOf('v1.api.test', dnsPort);
    await virtualOutbound('failing', [{ match: {} }], { host: '{{.version}}.x.test', port: '8088', parameters: PARAMETERS });
    await until('the log tells of it', async () => mesh.planeOutput.includes('there is no field .version'));
    expect(await ask('v1.api.test', 8086)).toBe('v1');
    await mesh.api.delete(`/meshes/${mesh.mesh}/virtual-outbounds/by-version`);
    await until('the name is gone', async () => (await addressesOf('v1.api.test', dnsPort)).length === 0 && !(await client.admin('/listeners')).includes(':8086'));
    await virtualOutbound('by-version', [{ match: { 'kuma.io/service': 'api' } }], { host: '{{.version}}.{{.service}}.test', port: '8086', parameters: PARAMETERS });
    await until('the name is back', async () => (await ask('v1.api.test', 8086)) === 'v1');
    expect(await addressesOf('v1.api.test', dnsPort)).toEqual(before);
  });
});
