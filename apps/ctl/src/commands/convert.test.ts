import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { weftRegistry } from '@weft/policy-model';
import { validateResource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runCli } from '../program.ts';

type Printed = Readonly<Record<string, unknown>> & { readonly type: string };

async function convert(input: string): Promise<{ readonly code: number; readonly documents: readonly Printed[]; readonly err: string }> {
  const text = { out: '', err: '' };
  const sink = (name: 'out' | 'err'): Writable => new Writable({ write: (chunk: Buffer, _, done) => ((text[name] += chunk.toString()), done()) });
  const code = await runCli(['node', 'weftctl', '--no-config', 'convert', '-f', '-'], { env: {}, stdin: Readable.from([Buffer.from(input)]), stdout: sink('out'), stderr: sink('err') });
  return { code, documents: text.out === '' ? [] : parseAllDocuments(text.out).map((document) => document.toJS() as Printed), err: text.err };
}

const between = (source: string, destination: string): string => `sources: [{match: {kuma.io/service: '${source}'}}]\ndestinations: [{match: {kuma.io/service: '${destination}'}}]\n`;

describe('weftctl convert', () => {
  it('prints what the examples of the page mean, as the server accepts it', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/policies/first-generation.md'), 'utf8');
    const { code, documents, err } = await convert(/^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '');
    expect([code, err]).toEqual([0, '']);
    expect(documents.map(({ type, name }) => [type, name])).toEqual([['MeshTrafficPermission', 'web-to-backend'], ['MeshHTTPRoute', 'canary'], ['MeshTCPRoute', 'canary'], ['MeshTimeout', 'short']]);
    expect(documents[0]?.['spec']).toEqual({ targetRef: { kind: 'MeshService', name: 'backend' }, from: [{ targetRef: { kind: 'MeshService', name: 'web' }, default: { action: 'Allow' } }] });
    expect(documents[3]?.['spec']).toEqual({ targetRef: { kind: 'MeshService', name: 'web' }, to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { http: { requestTimeout: '1s' } } }] });
    for (const document of documents) {
      const type = weftRegistry.byName(document.type);
      expect(type === undefined ? undefined : validateResource(type, document)).toMatchObject({ ok: true });
    }
  });

  it('makes one policy for each source, and knows the service that a route is for', async () => {
    const { documents } = await convert(`type: TrafficRoute\nmesh: shop\nname: r\nsources: [{match: {kuma.io/service: a}}, {match: {kuma.io/service: b, version: v1}}]\ndestinations: [{match: {kuma.io/service: c}}]\nconf: {destination: {kuma.io/service: '*', version: v2}}\n`);
    expect(documents.map(({ type, name, mesh, spec }) => [type, name, mesh, (spec as { targetRef: unknown }).targetRef])).toEqual([
      ['MeshHTTPRoute', 'r-1', 'shop', { kind: 'MeshService', name: 'a' }],
      ['MeshHTTPRoute', 'r-2', 'shop', { kind: 'MeshServiceSubset', name: 'b', tags: { version: 'v1' } }],
      ['MeshTCPRoute', 'r-1', 'shop', { kind: 'MeshService', name: 'a' }],
      ['MeshTCPRoute', 'r-2', 'shop', { kind: 'MeshServiceSubset', name: 'b', tags: { version: 'v1' } }],
    ]);
    expect(JSON.stringify(documents[0]?.['spec'])).toContain('"backendRefs":[{"kind":"MeshServiceSubset","name":"c","tags":{"version":"v2"}}]');
  });

  it('says what is left out, and widens nothing', async () => {
    const { code, documents, err } = await convert([
      `type: TrafficRoute\nmesh: default\nname: all\n${between('*', '*')}conf: {destination: {kuma.io/service: '*'}}\n`,
      `type: TrafficRoute\nmesh: default\nname: all-v2\n${between('*', '*')}conf: {destination: {kuma.io/service: '*', version: v2}}\n`,
      `type: TrafficPermission\nmesh: default\nname: versioned\nsources: [{match: {version: '*'}}]\ndestinations: [{match: {kuma.io/service: db}}]\n`,
      'type: Zone\nname: east\n',
    ].join('---\n'));
    expect(code).toBe(0);
    expect(documents).toEqual([{ type: 'MeshTrafficPermission', mesh: 'default', name: 'versioned', spec: { targetRef: { kind: 'MeshService', name: 'db' }, from: [] } }]);
    expect(err.trim().split('\n').map((line) => line.replace(/^stdin\S*( line \d+)?: /, ''))).toEqual([
      'TrafficRoute all-v2: MeshHTTPRoute: a route is about one service, the destination * is dropped: write one for each service',
      'TrafficRoute all-v2: MeshTCPRoute: a route is about one service, the destination * is dropped: write one for each service',
      "TrafficPermission versioned: a selector with version: '*' needs a service today, it is left out",
      'Zone east: left out, it is no policy of the first generation that means anything today',
    ]);
  });

  it('takes backends from a Mesh in the input', async () => {
    const mesh = 'type: Mesh\nname: default\nlogging: {defaultBackend: f, backends: [{name: f, type: file, conf: {path: /dev/stdout}}]}\n';
    const log = `type: TrafficLog\nmesh: default\nname: log\n${between('*', 'db')}`;
    const { documents, err } = await convert(`${log}---\n${mesh}`);
    expect(err).toBe('');
    expect(documents).toEqual([{ type: 'MeshAccessLog', mesh: 'default', name: 'log', spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: 'db' }, default: { backends: [{ type: 'File', file: { path: '/dev/stdout' } }] } }] } }]);
    expect((await convert(log)).err).toMatch(/log: the Mesh that names its backend is not among the input/);
  });

  it('refuses what is no YAML', async () => {
    expect(await convert('a: [')).toMatchObject({ code: 1, documents: [] });
  });
});
