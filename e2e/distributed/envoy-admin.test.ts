import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEnvoy } from '@weft/envoy-binary';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { TestProcess, until } from '../harness/processes.ts';
import { freePorts } from '../harness/test-mesh.ts';
import { SplitPlane } from './split-plane.ts';

const AGENT = join(import.meta.dirname, '..', '..', 'apps', 'dp-agent', 'dist', 'main.js');
const XDS = '/meshes/default/dataplanes/web/xds';
const MESSAGE_BYTES = 1024 * 1024;
const OUTBOUNDS = 400;

let plane: SplitPlane;
let agent: TestProcess;
let folder: string;

/** A real Envoy with many outbounds, connected to the first of two DP servers. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-split-admin-'));
  plane = await SplitPlane.start();
  await plane.startPart('secondXds');
  const { path } = await ensureEnvoy({});
  const [inbound = 0, readiness = 0, ...outbounds] = await freePorts(2 + OUTBOUNDS);
  const file = join(folder, 'web.json');
  writeFileSync(file, JSON.stringify({
    type: 'Dataplane', mesh: 'default', name: 'web',
    networking: {
      address: '127.0.31.1', inbound: [{ port: inbound, servicePort: 1, tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }],
      outbound: outbounds.map((port) => ({ address: '127.0.31.1', port, tags: { 'kuma.io/service': 'web' } })),
    },
  }));
  agent = new TestProcess('weft-dp web', {
    args: [AGENT, 'run', `--cp-address=https://127.0.0.1:${plane.dpPort}`, '--skip-verify', `--dataplane-file=${file}`, '--concurrency=1', '--drain-time=1s', `--work-dir=${join(folder, 'web')}`],
    env: { ENVOY_PATH: path, KUMA_READINESS_PORT: String(readiness) },
  });
  await agent.until('ready', () => fetch(`http://127.0.0.1:${readiness}/ready`).then(({ ok }) => ok, () => false));
});

afterAll(async () => {
  await agent.kill();
  await plane.close();
  rmSync(folder, { recursive: true, force: true });
});

afterEach((context) => {
  if (context.task.result?.state === 'fail') process.stderr.write(plane.output + agent.output.slice(-4000));
});

const listenersIn = (json: Readonly<Record<string, unknown>>): number => JSON.stringify(json).split('"dynamic_listeners"').at(1)?.split('"active_state"').length ?? 0;

test('an answer that is larger than a message of NATS comes through whole', async () => {
  await until('the dump is whole', async () => listenersIn((await plane.api('GET', XDS)).json) > OUTBOUNDS);
  const { status, json } = await plane.api('GET', '/meshes/default/dataplanes/web/stats?usedonly=false&format=json');
  expect(status).toBe(200);
  expect(JSON.stringify(json).length).toBeGreaterThan(MESSAGE_BYTES);
});

test('any DP server can call a proxy: the one that holds its stream may be away', async () => {
  await plane.killPart('xds');
  await until('the other one answers', async () => (await plane.api('GET', XDS)).status === 200);
  await plane.startPart('xds');
  await plane.killPart('secondXds');
  await until('a new one answers, with a certificate of its own', async () => (await plane.api('GET', XDS)).status === 200);
});
