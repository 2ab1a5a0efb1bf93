import { NamespaceNetwork } from '@weft/net-namespace';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestProcess } from '../harness/processes.ts';
import { TestMesh, until } from '../harness/test-mesh.ts';
import { RedirectedHost, serve } from './redirected-host.ts';

const HOST = 'partner.example';

/** A DNS server that gives every name this address. */
const oneAddress = (data: string): string => `
  const { decode, encode } = require('dns-packet');
  const server = require('node:dgram').createSocket('udp4', (bytes, { address, port }) => {
    const { id, questions: [question] } = decode(bytes);
    const answers = question.type === 'A' ? [{ ...question, ttl: 1, data: '${data}' }] : [];
    server.send(encode({ type: 'response', id, flags: 0x180, questions: [question], answers }), port, address);
  }).bind(53, '0.0.0.0', () => console.log('ready'));`;

describe.skipIf(await withoutNamespaces())('the own name of a server outside', () => {
  let mesh: TestMesh;
  let network: NamespaceNetwork;
  let dns: TestProcess;
  let web: RedirectedHost;

  beforeAll(async () => {
    network = await NamespaceNetwork.create();
    const world = await network.add('world');
    const address = world.addresses.ipv4 ?? '';
    dns = new TestProcess('DNS of the world', { args: ['-e', oneAddress(address)], inside: (args) => world.command(args) });
    await dns.until('is ready', async () => dns.output.includes('ready'));
    await serve(world, 'world', 80);
    mesh = await TestMesh.start({ env: { WEFT_DP_SERVER_INTERFACE: '::' } });
    web = await RedirectedHost.start(mesh, network, { name: 'web-1', service: 'web', port: 8080, families: ['ipv4'], resolvers: [address] });
  });
  afterAll(async () => {
    await (mesh as TestMesh | undefined)?.close();
    await (dns as TestProcess | undefined)?.kill();
    await network.close();
  });

  const ask = (): Promise<string> => web.curl(`http://${HOST}`);
  const requests = async (): Promise<number> => Number(/upstream_rq_completed: (\d+)/.exec(await web.proxy.admin('/stats?filter=cluster.partner.upstream_rq_completed'))?.[1] ?? 0);
  const put = (more: object): Promise<void> => mesh.put({ type: 'ExternalService', name: 'partner', networking: { address: `${HOST}:80`, ...more }, tags: { 'kuma.io/service': 'partner', 'kuma.io/protocol': 'http' } });

  it('leads an unmodified app to its ExternalService, unless that wants no such name', async () => {
    expect(await ask()).toContain('world');
    await put({});
    await until('the mesh takes requests', async () => (await ask()).includes('world') && (await requests()) > 0);
    const before = await requests();
    expect(await ask()).toContain('world');
    expect(await requests()).toBe(before + 1);
    await put({ disableHostDNSEntry: true });
    await until('requests go past the mesh', async () => {
      const taken = await requests();
      return (await ask()).includes('world') && (await requests()) === taken;
    });
  });
});
