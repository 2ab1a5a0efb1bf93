import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './program.ts';

/** Runs the CLI as a person would, against a server that remembers what it was sent. */
describe('weftctl', () => {
  let folder: string;
  let server: Server;
  let url: string;
  const stored = new Map<string, string>();

  beforeAll(async () => {
    server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const path = req.url ?? '';
        if (path === '/') return res.end('{"product":"Kuma","version":"2.14.3"}');
        if (req.method === 'PUT') {
          const known = stored.has(path);
          stored.set(path, Buffer.concat(chunks).toString());
          return res.writeHead(known ? 200 : 201).end('{"warnings":["old form"]}');
        }
        if (req.method === 'DELETE') return res.writeHead(stored.delete(path) ? 200 : 404).end('{}');
        const [list = ''] = path.split('?');
        const items = [...stored].filter(([key]) => key.startsWith(`${list}/`)).map(([, text]) => JSON.parse(text) as object);
        if (stored.has(path)) return res.end(stored.get(path));
        return items.length > 0 ? res.end(JSON.stringify({ total: items.length, items, next: null })) : res.writeHead(404).end('404: Page Not Found');
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    stored.clear();
    folder = mkdtempSync(join(tmpdir(), 'weftctl-'));
    await run(['config', 'control-planes', 'add', '--name', 'test', '--address', url]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function run(args: readonly string[], stdin = ''): Promise<{ code: number; out: string; err: string }> {
    const sink = (): { stream: Writable; text: () => string } => {
      const chunks: string[] = [];
      return { stream: new Writable({ write: (chunk: Buffer, _, done) => (chunks.push(chunk.toString()), done()) }), text: () => chunks.join('') };
    };
    const [out, err] = [sink(), sink()];
    const code = await runCli(['node', 'weftctl', '--config-file', join(folder, 'config'), ...args], { env: {}, stdin: Readable.from([Buffer.from(stdin)]), stdout: out.stream, stderr: err.stream });
    return { code, out: out.text(), err: err.text() };
  }

  it('applies several documents from standard input, shows warnings, and tells created from updated', async () => {
    const input = 'type: Mesh\nname: shop\n---\ntype: MeshTimeout\nmesh: shop\nname: t\nspec: {to: [{targetRef: {kind: Mesh}, default: {idleTimeout: 1h}}]}\n';
    expect(await run(['apply', '-f', '-'], input)).toEqual({ code: 0, out: 'resource type="Mesh" mesh="" name="shop" Created\nresource type="MeshTimeout" mesh="shop" name="t" Created\n', err: 'Warning: old form\nWarning: old form\n' });
    expect((await run(['apply', '-f', '-'], input)).out).toContain('name="shop" Updated');
    expect(JSON.parse(stored.get('/meshes/shop/meshtimeouts/t') ?? '')).toMatchObject({ spec: { to: [{ default: { idleTimeout: '1h' } }] } });
  });

  it('sends nothing when one document is bad, and names every mistake', async () => {
    const result = await run(['apply', '-f', '-'], 'type: Mesh\nname: ok\n---\ntype: Mash\nname: x\n---\ntype: MeshTimeout\nname: t\nspec: {to: [{targetRef: {kind: Mesh}, default: {idleTimeout: -1s}}]}\n');
    expect(result).toMatchObject({ code: 1, out: '' });
    expect(result.err).toContain('stdin:4: invalid resource type "Mash"');
    expect(result.err).toContain('stdin:7: spec.to[0].default.idleTimeout');
    expect(result.err).toContain('Error: failed to validate some resources');
    expect(stored.size).toBe(0);
  });

  it('takes the flags of kumactl that have no effect or another name', async () => {
    expect((await run(['--log-level=debug', 'generate', 'dataplane-token', '--type=ingress', '--valid-for=1h', '--name=z'])).err).not.toContain('unknown option');
    expect((await run(['inspect', 'dataplanes', '--ingress'])).err).not.toContain('unknown option');
    expect((await run(['inspect', 'meshtimeout', 't', '--offset=5'])).err).not.toContain('unknown option');
    await run(['config', 'control-planes', 'add', '--name=h', '--address', url, '--headers=a=1', '--headers=b=2', '--skip-check']);
    expect(readFileSync(join(folder, 'config'), 'utf8')).toMatch(/key: a\n[\s\S]*key: b\n/);
  });

  it('accepts unknown fields, and refuses them with --strict', async () => {
    const input = 'type: Mesh\nname: m\ncolour: green\n';
    expect((await run(['apply', '-f', '-', '--strict'], input)).err).toContain('unknown field "colour"');
    expect(stored.size).toBe(0);
    expect((await run(['apply', '-f', '-'], input)).code).toBe(0);
  });

  it('waits for receipts where the server gives revisions, and says so where it does not', async () => {
    const result = await run(['apply', '-f', '-', '--wait'], 'type: Mesh\nname: shop\n');
    expect(result).toMatchObject({ code: 1, out: 'resource type="Mesh" mesh="" name="shop" Created\n' });
    expect(result.err).toContain('--wait needs a Weft control plane');
    expect((await run(['apply', '-f', '-', '--timeout', 'soon'], 'type: Mesh\nname: shop\n')).err).toContain('--timeout: invalid duration "soon"');
  });

  it('prints and sends nothing with --dry-run, variables filled in', async () => {
    const file = join(folder, 'mesh.yaml');
    writeFileSync(file, 'type: Mesh\nname: {{ name }}\n');
    expect(await run(['apply', '-f', file, '-v', 'name=m1', '--dry-run'])).toMatchObject({ code: 0, out: 'name: m1\ntype: Mesh\n' });
    expect(stored.size).toBe(0);
  });

  it('lists, shows and deletes', async () => {
    await run(['apply', '-f', '-'], 'type: Mesh\nname: shop\n');
    expect((await run(['get', 'meshes'])).out).toMatch(/^NAME {3}mTLS {3}.*AGE\nshop/);
    expect((await run(['get', 'mesh', 'shop', '-o', 'yaml'])).out).toBe('name: shop\ntype: Mesh\n');
    expect(await run(['get', 'mesh', 'nope'])).toMatchObject({ code: 1, err: 'Error: No resources found\n' });
    expect((await run(['delete', 'mesh', 'shop'])).out).toBe('deleted Mesh "shop"\n');
    expect(await run(['delete', 'mesh', 'shop'])).toMatchObject({ code: 1, err: 'Error: there is no Mesh with name "shop"\n' });
    expect((await run(['delete', 'thing', 'x'])).err).toContain('unknown TYPE: thing. Allowed values: ');
  });

  it('says what is missing and helps', async () => {
    expect(await run(['apply'])).toMatchObject({ code: 1, err: 'Error: required flag(s) "file" not set\n' });
    expect(await run(['generate'])).toMatchObject({ code: 0 });
    expect((await run(['--help'])).out).toContain('Examples:');
    expect((await run(['get', 'meshes', '-o', 'xml'])).err).toContain('unknown output format "xml"');
  });

  it('makes keys, certificates and tokens without a control plane', async () => {
    const key = join(folder, 'signing.pem');
    writeFileSync(key, (await run(['generate', 'signing-key', '--format', 'pem'])).out);
    const token = (await run(['generate', 'user-token', '--name', 'ann', '--group', 'team', '--valid-for', '1h', '--signing-key-path', key, '--kid', '7'])).out;
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ Name: 'ann', Groups: ['team'] });
    expect((await run(['generate', 'public-key', '--signing-key-path', key])).out).toContain('BEGIN RSA PUBLIC KEY');
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    expect((await run(['generate', 'tls-certificate', '--type', 'server', '--hostname', 'cp.local,10.0.0.1', '--key-type', 'ecdsa', '--key-file', keyFile, '--cert-file', certFile])).out).toContain('Certificate saved');
    expect(new X509Certificate(readFileSync(certFile)).subjectAltName).toBe('DNS:cp.local, IP Address:10.0.0.1');
    expect((await run(['generate', 'user-token', '--name', 'ann', '--valid-for', '1h', '--signing-key-path', key])).err).toContain('--kid is required');
    expect((await run(['generate', 'dataplane-token', '--valid-for', 'soon'])).err).toContain('--valid-for: invalid duration "soon"');
  });

  it('completes commands and types', async () => {
    expect((await run(['completion', 'bash'])).out).toMatch(/"delete"\) list=".*meshtimeout/);
    expect((await run(['completion', 'tcsh'])).err).toContain('Use bash, zsh or fish');
  });
});
