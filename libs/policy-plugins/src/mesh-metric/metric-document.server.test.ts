import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildDns, buildDynamicConfigListener, dynamicConfigSocketPath, NameRecords } from '@weft/envoy-builders';
import { sha256Hex } from '@weft/kernel';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, startEnvoy, type RunningEnvoy } from '../testing/real-envoy.ts';
import { staticBootstrap } from '../testing/static-bootstrap.ts';

const BODY = '{"odd":"]=] \\" \\\\ \\n ü"}';
const ETAG = sha256Hex(BODY);

let folder: string;
let envoy: RunningEnvoy;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-dc-'));
  const listener = buildDynamicConfigListener(folder, false, { names: true, own: [{ name: 'meshmetric', body: BODY, etag: ETAG }] });
  const names = buildDns(NameRecords.of([{ name: 'a.mesh', addresses: ['240.0.0.1'] }], false), { by: 'agent', unifiedNaming: false, ipv6: false, labels: {} });
  const adminPort = await freePort();
  envoy = await startEnvoy(staticBootstrap([listener, names], { inlineRoutes: true, staticSecrets: true, adminPort }), adminPort);
});

afterAll(async () => {
  await envoy.stop();
  rmSync(folder, { recursive: true, force: true });
});

function ask(path: string, headers: Record<string, string> = {}): Promise<{ readonly status: number | undefined; readonly etag: string | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    request({ socketPath: dynamicConfigSocketPath(folder), path, headers }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, etag: response.headers.etag, body }), reject);
    }).on('error', reject).end();
  });
}

it('a proxy\'s own document stands beside the shared names; whoever has it gets 304', async () => {
  expect(await ask('/meshmetric')).toEqual({ status: 200, etag: ETAG, body: BODY });
  expect(await ask('/meshmetric', { 'if-none-match': ETAG })).toMatchObject({ status: 304, body: '' });
  expect(await ask('/meshmetric', { 'if-none-match': 'older' })).toMatchObject({ status: 200, body: BODY });
  expect((await ask('/dns')).body).toContain('a.mesh');
  expect((await ask('/other')).status).toBe(404);
});
