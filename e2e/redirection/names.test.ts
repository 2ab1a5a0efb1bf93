import { askTcp, askUdp } from '@weft/dns-server/testing';
import { NamespaceNetwork, type NetNamespace } from '@weft/net-namespace';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestProcess } from '../harness/processes.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';
import { RedirectedHost, serve } from './redirected-host.ts';

const PORT = 8080;

/** A DNS server of the world: knows one name, says which it is asked for, and NXDOMAIN to the others. */
const worldDns = (address: string): string => `
  const { decode, encode } = require('dns-packet');
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const { id, questions } = decode(bytes);
    const [{ name, type }] = questions;
    console.log('asked ' + name.toLowerCase());
    const known = name.toLowerCase() === 'shop.outside.example';
    const answers = known && type === 'A' ? [{ type: 'A', name, ttl: 60, data: '${address}' }] : [];
    socket.send(encode({ type: 'response', id, flags: 0x180 | (known ? 0 : 3), questions, answers }), from.port, from.address);
  });
  socket.bind(53, '0.0.0.0', () => console.log('listening'));`;

describe.skipIf(await withoutNamespaces())('names of a mesh whose services are MeshServices', () => {
  let mesh: TestMesh;
  let network: NamespaceNetwork;
  let world: NetNamespace;
  let dns: TestProcess;
  let web: RedirectedHost;

  beforeAll(async () => {
    network = await NamespaceNetwork.create();
    world = await network.add('world');
    const address = world.addresses.ipv4 ?? '';
    dns = new TestProcess('DNS of the world', { args: ['-e', worldDns(address)], inside: (args) => world.command(args) });
    await dns.until('listens', async () => dns.output.includes('listening'));
    await serve(world, 'world', 80);
    mesh = await TestMesh.start({ mtls: 'STRICT', env: { WEFT_DP_SERVER_INTERFACE: '::', WEFT_DNS_SERVER_UPSTREAMS: address } });
    await mesh.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Exclusive' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } });
    await mesh.allowAll();
    await RedirectedHost.start(mesh, network, { name: 'catalogue-1', service: 'catalogue', port: PORT, resolvers: [address] });
    web = await RedirectedHost.start(mesh, network, { name: 'web-1', service: 'web', port: PORT, resolvers: [address] });
  });
  afterAll(async () => {
    await (mesh as TestMesh | undefined)?.close();
    await (dns as TestProcess | undefined)?.kill();
    await network.close();
  });

  const asked = (name: string): boolean => dns.output.includes(`asked ${name}`);

  it('are called by an unmodified app, and come and go with their HostnameGenerator', async () => {
    await until('web knows the catalogue', async () => (await web.curl(`http://catalogue.svc.mesh.local:${PORT}`)).includes('catalogue-1'));
    const generator = { type: 'HostnameGenerator', name: 'corp', spec: { selector: { meshService: { matchLabels: {} } }, template: '{{ .DisplayName }}.corp.example' } };
    for (const round of [1, 2]) {
      await mesh.api.put('/hostnamegenerators/corp', generator);
      await until(`the name is there (${round})`, async () => (await web.curl(`http://catalogue.corp.example:${PORT}`)).includes('catalogue-1'));
      expect(await web.curl(`http://stock${round}.corp.example`)).toMatch(/^curl 6:/);
      await mesh.api.delete('/hostnamegenerators/corp');
      await until(`the name is gone (${round})`, async () => (await web.curl(`http://catalogue.corp.example:${PORT}`)).startsWith('curl 6:'));
    }
  });

  it('that do not exist are denied beside the app; the world is not asked about them, but about its own', async () => {
    expect(await web.curl('http://stock.svc.mesh.local')).toMatch(/^curl 6:/);
    expect(await web.curl('http://stock.mesh')).toMatch(/^curl 6:/);
    expect(JSON.parse(await web.curl('http://shop.outside.example'))).toMatchObject({ name: 'world' });
    expect([asked('stock.svc.mesh.local'), asked('stock.mesh'), asked('stock2.corp.example'), asked('catalogue.svc.mesh.local'), asked('shop.outside.example')]).toEqual([false, false, false, false, true]);
  });

  it('of servers outside lead there by way of the egress, as does their virtual address', async () => {
    await mesh.put({ type: 'MeshExternalService', name: 'payments', spec: { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, endpoints: [{ address: world.addresses.ipv4 ?? '', port: 80 }] } });
    const url = 'http://payments.extsvc.mesh.local';
    await until('without an egress it is refused', async () => (await web.curl('--output', '/dev/null', '--write-out', '%{http_code}', url)) === '503');
    const [port = 0] = await freePorts(1);
    const egress = await mesh.startProxy({ name: 'way-out', zoneProxy: 'egress', networking: { address: network.host.ipv4, port }, token: await mesh.api.issueToken('zone', { zone: 'default', scope: ['egress'], validFor: '1h' }) });
    await until('an unmodified app reaches the server', async () => (await web.curl(url)).includes('world'));
    const [{ data: vip } = { data: '' }] = (await askUdp('payments.extsvc.mesh.local', { port: mesh.ports.dns })).answers as readonly { readonly data?: unknown }[];
    expect(vip).toMatch(/^242\./);
    const { name, from } = JSON.parse(await web.curl(`http://${String(vip)}`)) as { readonly name: string; readonly from: string };
    expect(name).toBe('world');
    // The server sees the egress, not the app's namespace.
    expect(from).toContain(network.host.ipv4);
    expect(await egress.admin('/stats?filter=payments.*upstream_rq_completed')).toMatch(/: [1-9]/);
  });

  it('are served by the control plane as well, and the world\'s from memory once its server is gone', async () => {
    const { dns: port } = mesh.ports;
    const addresses = (answers: readonly unknown[] = []): unknown[] => answers.map((answer) => (answer as { readonly data?: unknown }).data);
    const [vip] = addresses((await askUdp('catalogue.svc.mesh.local', { port })).answers);
    expect(vip).toMatch(/^241\./);
    expect((await askTcp(['catalogue.svc.mesh.local'], { port })).map(({ answers }) => addresses(answers))).toEqual([[vip]]);
    expect(await askUdp('stock.svc.mesh.local', { port })).toMatchObject({ rcode: 'NXDOMAIN', flag_aa: true, authorities: [{ type: 'SOA' }] });
    const outside = [world.addresses.ipv4];
    expect(addresses((await askUdp('shop.outside.example', { port })).answers)).toEqual(outside);
    await dns.kill();
    expect(addresses((await askUdp('shop.outside.example', { port })).answers)).toEqual(outside);
    expect(await askUdp('other.outside.example', { port })).toMatchObject({ rcode: 'SERVFAIL' });
    expect(await web.curl(`http://catalogue.svc.mesh.local:${PORT}`)).toContain('catalogue-1');
  });
});
