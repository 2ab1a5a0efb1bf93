import { weftRegistry } from '@weft/policy-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headOf, normalised, readExchanges, replay, startWithDemoMesh, type RecordedExchange } from './testing/recorded-exchange.ts';
import type { TestStore } from './testing/start-for-test.ts';

/** An object as Kubernetes would hold it. */
interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: object;
  readonly data?: { readonly value: string };
  readonly type?: string;
}

const EXCHANGES = readExchanges(new URL('../testdata/recorded-kubernetes.json', import.meta.url));

/** What Kuma 2.14.3 answered to `?format=k8s`: each resource is written first, as the answer shows it; only secrets that a control plane makes are its own. */
describe('recorded objects in the format of Kubernetes', () => {
  let server: TestStore;
  beforeAll(async () => {
    server = await startWithDemoMesh();
  });
  afterAll(() => server.app.close());

  it.each(EXCHANGES)('$name: $method $path', async ({ answer, ...request }) => {
    const expected = answer.json as KubernetesObject;
    const own = expected.data !== undefined && (await server.call('GET', request.path)).status === 200;
    if (!own) await write(server, request.path, expected);
    const got = await replay(server.url, request);
    expect(headOf(got)).toEqual(headOf(answer));
    const given = JSON.parse(got.body) as KubernetesObject;
    expect(normalised(own ? { ...given, data: expected.data } : given)).toEqual(normalised(expected));
    expect(Object.keys(given)).toEqual(Object.keys(expected));
  });

  it('takes another namespace', async () => {
    const { metadata } = (await server.call('GET', '/meshes/default/meshtimeouts/timeouts?format=kubernetes&namespace=other')).json as { metadata: object };
    expect(metadata).toMatchObject({ name: 'timeouts', namespace: 'other' });
    expect((await server.call('GET', '/meshes/default?format=k8s&namespace=other')).json).toMatchObject({ metadata: { name: 'default', creationTimestamp: expect.any(String) } });
  });
});

async function write(server: TestStore, path: RecordedExchange['path'], { metadata, spec, data }: KubernetesObject): Promise<void> {
  const [at = ''] = path.split('?');
  const segments = at.split('/').slice(1);
  const type = weftRegistry.byPath(segments.at(-2) ?? '');
  const mesh = type?.scope === 'Mesh' ? { mesh: segments[1] } : {};
  const content = data === undefined ? (type?.form === 'inline' ? spec : { spec }) : { data: data.value };
  const written = await server.call('PUT', at, { json: { type: type?.name, name: metadata.name, ...mesh, ...content } });
  expect([200, 201], written.text).toContain(written.status);
}
