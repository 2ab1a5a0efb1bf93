import { readFileSync } from 'node:fs';
import { comparableOutput, DIFFERENT_OUTPUT, recordedCommands, type RecordedCommand } from '@weft/ctl/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { StockBinaries } from '../harness/stock-binaries.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

/** What the recording's control plane held at its beginning. */
const RESOURCES = JSON.parse(readFileSync(new URL('../../apps/control-plane/testdata/recorded-resources.json', import.meta.url), 'utf8')) as readonly { readonly type: string; readonly name: string }[];

/** Recorded calls that need no proxy of the recording and no other control plane. */
const COMMANDS: readonly RecordedCommand[] = recordedCommands().filter(({ name }) => Number(name.slice(0, 3)) < 200 && !/^0(?:4[0-79]|39|48)/.test(name));

/** So many that every verb is among them: our own programs take half a second for each. */
const FEW = /^(?:001|004|006|011|012|016|018|019|021|024|027|028|029|035|037|054|060|117|118|119|122)/;

const given = StockBinaries.given();
const runs = [{ whose: 'our own', stock: StockBinaries.ours() }, ...(given === undefined ? [] : [{ whose: 'stock', stock: given }])];

it.skipIf(given === undefined)('stock kumactl and kuma-dp run (left out where KUMA_BIN names no folder with them)', () => {
  expect(runs).toHaveLength(2);
});

/** Our own programs under the stock names prove the driver everywhere; the stock ones run where `KUMA_BIN` names their folder. */
describe.each(runs)('$whose kumactl and kuma-dp with a control plane of Weft', ({ whose, stock }) => {
  let mesh: TestMesh;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    for (const resource of RESOURCES) await mesh.put(resource);
  });
  afterAll(async () => {
    await mesh.close();
    stock.remove();
  });

  it.each(COMMANDS.filter(({ name }) => whose === 'stock' || FEW.test(name)))('kumactl says what was recorded: $name', async ({ name, args, stdin, exitCode, stdout, stderr }) => {
    const line = args.map((arg) => arg.replace(/^--address=.*/, `--address=http://127.0.0.1:${mesh.ports.api}`));
    const run = async (): Promise<object> => {
      const ran = await stock.kumactl(line, stdin);
      return { ...ran, stdout: comparable(ran.stdout), stderr: comparable(ran.stderr) };
    };
    const different = whose === 'stock' ? undefined : DIFFERENT_OUTPUT[name];
    const expected = different === undefined ? { exitCode, stdout: comparable(stdout), stderr: comparable(stderr) } : expect.objectContaining({ exitCode });
    // What follows from a write, such as the CA of a mesh, is there a moment later.
    if (args[0] === 'get') await expect.poll(run, { timeout: 20_000 }).toEqual(expected);
    else expect(await run()).toEqual(expected);
  });

  it('kuma-dp joins without CoreDNS, carries traffic, and is seen by kumactl', async () => {
    const [appPort = 0, inbound = 0, webPort = 0, outbound = 0, dns = 0] = await freePorts(5);
    await mesh.delete('MeshHTTPRoute', 'web-to-backend');
    const app = await HttpApp.listen({ name: 'stock-backend', host: '127.0.0.1', port: appPort });
    try {
      await mesh.startProxy({
        name: 'backend-1', agent: { program: stock.path('kuma-dp'), flags: ['--dns-enabled=false'] },
        networking: { address: '127.0.9.1', inbound: [{ port: inbound, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' } }] },
      });
      await mesh.startProxy({
        name: 'web-1', agent: { program: stock.path('kuma-dp'), flags: [], env: { KUMA_DNS_PROXY_PORT: String(dns) } }, // names: stock-agent.test.ts of redirection
        networking: {
          address: '127.0.9.2', inbound: [{ port: webPort, servicePort: webPort, tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }],
          outbound: [{ address: '127.0.9.2', port: outbound, tags: { 'kuma.io/service': 'backend' } }],
        },
      });
      await until('a request gets through', async () => (await httpGet(`http://127.0.9.2:${outbound}`)).status === 200);
      expect(app.requests.at(-1)?.headers['x-forwarded-client-cert']).toContain('URI=spiffe://default/web');
      const { stdout } = await stock.kumactl(['inspect', 'dataplanes']);
      expect(stdout.split('\n').filter((line) => line.includes(' Online '))).toHaveLength(2);
      expect((await stock.kumactl(['inspect', 'dataplane', 'web-1', '--type=policies'])).stdout).toContain('MeshTimeout');
      expect((await stock.kumactl(['inspect', 'dataplane', 'web-1', '--type=config-dump'])).stdout).toContain('envoy.admin.v3.ClustersConfigDump');
      expect((await stock.kumactl(['inspect', 'services'])).stdout).toMatch(/^backend +Online +1\/1$/m);
      const exported = await stock.kumactl(['export', '--profile=all']);
      expect(exported).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^# Product: Kuma, Version: 2\.14[\s\S]*\nname: web-1\n/) });
    } finally {
      await app.close();
    }
  });
});

/** Times and tokens are new in each run. */
function comparable(text: string): string {
  return comparableOutput(text).replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replace(/^ey[\w-]+\.[\w-]+\.[\w-]+$/gm, 'TOKEN');
}
