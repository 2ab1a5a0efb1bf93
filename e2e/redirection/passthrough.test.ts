import { NamespaceNetwork, type NetNamespace } from '@weft/net-namespace';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { selfSignedCertificate } from '@weft/grpc-transport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageExample } from '../harness/page-examples.ts';
import { TestProcess } from '../harness/processes.ts';
import { TestMesh, until } from '../harness/test-mesh.ts';
import { RedirectedHost, serve } from './redirected-host.ts';

/** A workload whose connections leave through its proxy, and a server outside the mesh. */
describe.skipIf(await withoutNamespaces())('MeshPassthrough', () => {
  let mesh: TestMesh;
  let network: NamespaceNetwork;
  let outside: NetNamespace;
  let web: RedirectedHost;
  let address: string;

  beforeAll(async () => {
    network = await NamespaceNetwork.create();
    mesh = await TestMesh.start({ env: { WEFT_DP_SERVER_INTERFACE: '::' } });
    await mesh.allowAll();
    outside = await network.add('outside');
    address = outside.addresses.ipv4 ?? '';
    for (const port of [80, 8000, 8001]) await serve(outside, 'outside', port);
    await serveTls(outside, 443);
    web = await RedirectedHost.start(mesh, network, { name: 'web-1', service: 'web', port: 8080 });
    await until('everything is open', async () => (await plain('anything.example')).includes('outside'));
  });

  afterAll(async () => {
    await (mesh as TestMesh | undefined)?.close();
    await network.close();
  });

  /** What the server says to a request for this name, or curl's complaint. */
  const plain = (host: string, port = 80): Promise<string> => web.curl('--resolve', `${host}:${port}:${address}`, `http://${host}:${port}/`);
  const tls = (host: string): Promise<string> => web.curl('--insecure', '--resolve', `${host}:443:${address}`, `https://${host}/`);
  const passthrough = (conf: object) => mesh.put({ type: 'MeshPassthrough', name: 'partners', spec: { targetRef: { kind: 'Mesh' }, default: conf } });

  it('MeshAccessLog of the whole mesh logs what leaves it', async () => {
    await mesh.put({ type: 'MeshAccessLog', name: 'everything', spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { backends: [{ type: 'File', file: { path: '/dev/stdout' } }] } }] } });
    await until('a line is written', async () => (await plain('any.example')).includes('outside') && web.proxy.agent.output.includes(`(web)->${address}:80(external)`));
    await mesh.delete('MeshAccessLog', 'everything');
  });

  it('the page: opens names by SNI and by Host, and an address range', async () => {
    expect(await tls('other.example')).toContain('over tls');
    await mesh.put(pageExample('policies/meshpassthrough.md', 'partners'));
    await until('another name is shut', async () => (await tls('other.example')).startsWith('curl '));
    expect(await tls('api.partner.example')).toContain('over tls');
    expect(await plain('plain.partner.example')).toContain('outside');
    expect(await web.curl('--write-out', ' %{http_code}', '--resolve', `other.example:80:${address}`, 'http://other.example/')).toBe(' 503');
    expect(await plain('plain.partner.example', 8000)).toMatch(/^curl (52|56):/);
  });

  it('opens an address on a port', async () => {
    await passthrough({ appendMatch: [{ type: 'IP', value: address, port: 8000 }] });
    await until('the port is open', async () => (await plain('any.example', 8000)).includes('outside'));
    expect(await plain('any.example', 8001)).toMatch(/^curl (52|56):/);
    expect(await plain('plain.partner.example')).toMatch(/^curl (52|56):/);
  });

  it('None shuts, All opens, also where the mesh says otherwise, and the mesh decides again without it', async () => {
    await passthrough({ passthroughMode: 'None', appendMatch: [{ type: 'IP', value: address }] });
    await until('everything is shut', async () => (await plain('any.example', 8000)).startsWith('curl '));
    const mtls = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
    await mesh.put({ type: 'Mesh', name: 'default', mtls, networking: { outbound: { passthrough: false } } });
    await passthrough({ passthroughMode: 'All' });
    await until('everything is open', async () => (await plain('any.example', 8001)).includes('outside'));
    expect(await tls('other.example')).toContain('over tls');
    await mesh.delete('MeshPassthrough', 'partners');
    await until('the mesh decides', async () => (await plain('any.example', 8001)).startsWith('curl '));
  });

  it('two kinds of HTTP on one port leave what was, and the insight says why', async () => {
    await passthrough({ appendMatch: [{ type: 'IP', value: address, port: 8000 }] });
    await until('the port is open', async () => (await plain('any.example', 8000)).includes('outside'));
    const more = (name: string, protocol: string) => mesh.put({ type: 'MeshPassthrough', name, spec: { default: { appendMatch: [{ type: 'Domain', value: 'a.example', port: 8001, protocol }] } } });
    await more('as-http', 'http');
    await until('it is open by name', async () => (await plain('a.example', 8001)).includes('outside'));
    await more('as-grpc', 'grpc');
    await until('the contradiction is reported', async () => (await mesh.api.getText('/meshes/default/dataplanes/web-1/_overview')).includes('one port can have one of http, http2, grpc'));
    expect(await plain('a.example', 8001)).toContain('outside');
    expect(await plain('any.example', 8000)).toContain('outside');
  });
});

async function serveTls(namespace: NetNamespace, port: number): Promise<void> {
  const { certificatePem, keyPem } = await selfSignedCertificate('outside');
  const program = `require('node:https').createServer(${JSON.stringify({ cert: certificatePem, key: keyPem.reveal() })}, (req, res) => res.end('over tls')).listen(${port}, '::', () => console.log('listening'))`;
  const app = new TestProcess('tls outside', { args: ['-e', program], inside: (args) => namespace.command(args, { uid: 1000, readsAll: true }) });
  await app.until('listens', async () => app.output.includes('listening'));
}
