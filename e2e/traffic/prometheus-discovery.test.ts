import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { serve } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

const ADDRESS = '127.0.59.1';
const PATH = '/v3/discovery:monitoringassignments';

interface Target {
  readonly name: string;
  readonly scheme: string;
  readonly address: string;
  readonly metrics_path: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Answer {
  readonly version_info: string;
  readonly resources: readonly { readonly mesh: string; readonly service: string; readonly targets: readonly Target[] }[];
}

/** Asks as `kuma_sd_configs` does, and scrapes what it finds: `backend`'s Envoy. */
describe('monitoring assignments of real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let port: number;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    const [appPort = 0, prometheusPort = 0] = await freePorts(2);
    port = prometheusPort;
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    await serve(mesh, { name: 'backend', address: ADDRESS, tags: { version: 'v1' } }, appPort);
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  const policy = (prometheus: object) => mesh.put({ type: 'MeshMetric', name: 'metrics', spec: { targetRef: { kind: 'Mesh' }, default: { backends: [{ type: 'Prometheus', prometheus: { port, ...prometheus } }] } } });
  const ask = async (version: string, timeout: string): Promise<Answer | undefined> => {
    const body = { version_info: version, response_nonce: version, type_url: 'type.googleapis.com/kuma.observability.v1.MonitoringAssignment', resource_names: [], node: { id: 'prometheus-1' } };
    const answer = await fetch(`http://127.0.0.1:${mesh.ports.mads}${PATH}?fetch-timeout=${timeout}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (answer.status === 304) return undefined;
    expect(answer.status).toBe(200);
    return answer.json() as Promise<Answer>;
  };
  const scrape = async ({ scheme, address, metrics_path: path }: Target): Promise<string> => (await httpGet(`${scheme}://${address}${path}`)).body;

  it('what is found can be scraped; a change ends the wait, and what is found then can be scraped too', async () => {
    const nothing = await ask('', '0s');
    expect(nothing?.resources).toEqual([]);
    const version = nothing?.version_info ?? '';
    expect(await ask(version, '10ms')).toBeUndefined();

    const first = ask(version, '2m');
    await policy({});
    const found = await first;
    expect(found?.resources).toMatchObject([{ mesh: 'default', service: 'backend', targets: [{
      name: 'backend', scheme: 'http', address: `${ADDRESS}:${port}`, metrics_path: '/metrics', labels: { kuma_io_service: 'backend', version: 'v1', versions: ',v1,' },
    }] }]);
    const [target] = found?.resources[0]?.targets ?? [];
    if (target === undefined) throw new Error('no target');
    await until('Envoy\'s metrics', async () => (await scrape(target)).includes('envoy_server_live'));

    const second = ask(found?.version_info ?? '', '2m');
    await policy({ path: '/other' });
    const [moved] = (await second)?.resources[0]?.targets ?? [];
    expect(moved?.metrics_path).toBe('/other');
    if (moved !== undefined) await until('its metrics elsewhere', async () => (await scrape(moved)).includes('envoy_server_live'));
  });
});
