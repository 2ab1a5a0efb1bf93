import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

const proxies: Readonly<Record<string, object>> = {
  'api-1': { inbound: [{ port: 80, tags: { 'kuma.io/service': 'api', version: 'v1' } }] },
  'api-2': { inbound: [{ port: 80, tags: { 'kuma.io/service': 'api', version: 'v2', url: 'a:b' } }] },
  'edge-1': { gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'edge' } } },
  'edge-2': { gateway: { tags: { 'kuma.io/service': 'edge' } } },
};

describe('lists', () => {
  let server: TestStore;
  beforeAll(async () => {
    server = await startForTest();
    await server.call('PUT', '/meshes/other', { json: { type: 'Mesh', name: 'other' } });
    for (const mesh of ['default', 'other']) {
      for (const [name, networking] of Object.entries(proxies)) {
        const json = { type: 'Dataplane', mesh, name, labels: { app: name.replace(/-\d$/, ''), odd: name.endsWith('1') ? 'yes' : 'no' }, networking: { address: '10.0.0.1', ...networking } };
        expect(await server.call('PUT', `/meshes/${mesh}/dataplanes/${name}`, { json })).toMatchObject({ status: 201 });
      }
    }
  });
  afterAll(() => server.app.close());

  const names = async (path: string): Promise<unknown> => ((await server.call('GET', path)).json?.['items'] as { name: string }[]).map(({ name }) => name);

  it.each([
    ['', ['api-1', 'api-2', 'edge-1', 'edge-2']],
    ['?name=pi-', ['api-1', 'api-2']],
    ['?filter[labels.app]=edge&filter[labels.odd]=yes', ['edge-1']],
    ['?filter[labels.app]=edge&filter[labels.app]=api', ['api-1', 'api-2']],
    ['?gateway=true', ['edge-1', 'edge-2']],
    ['?gateway=false', ['api-1', 'api-2']],
    ['?gateway=builtin', ['edge-1']],
    ['?gateway=delegated', ['edge-2']],
    ['?tag=kuma.io/service:ap&tag=version:v2', ['api-2']],
    ['?tag=url:a:b', ['api-2']],
    ['?tag=malformed', ['api-1', 'api-2', 'edge-1', 'edge-2']],
    ['?ingress=true', ['api-1', 'api-2', 'edge-1', 'edge-2']],
    ['?offset=3', ['edge-2']],
    ['?offset=99', []],
  ])('/dataplanes%s', async (query, expected) => {
    expect(await names(`/meshes/default/dataplanes${query}`)).toEqual(expected);
    expect(await names(`/meshes/default/dataplanes/_overview${query}`)).toEqual(expected);
  });

  it.each([
    ['?gateway=maybe', { field: '/meshes/default/dataplanes.gateway' }],
    ['?filter[name]=x', { field: '/meshes/default/dataplanes.filter[name]', reason: 'filters are only supported on labels' }],
    ['?size=0', { field: 'size', reason: 'must be greater than 0' }],
    ['?size=-1', { field: 'size', reason: 'must be greater than 0' }],
    ['?size=1001', { field: 'size', reason: 'invalid page size of 1001. Maximum page size is 1000' }],
  ])('%s is refused', async (query, parameter) => {
    expect(await server.call('GET', `/meshes/default/dataplanes${query}`)).toMatchObject({ status: 400, json: { title: 'Could not retrieve resources', invalid_parameters: [parameter] } });
  });

  it('an offset that is no number is refused', async () => {
    expect(await server.call('GET', '/meshes?offset=x')).toMatchObject({ status: 400, json: { detail: expect.stringContaining('invalid offset') } });
  });

  it('pages follow each other by absolute links that keep the filters', async () => {
    const seen: string[] = [];
    let next: string | null = `${server.url}/dataplanes?size=3&name=-`;
    while (next !== null) {
      const page = (await (await fetch(next)).json()) as { total: number; items: { mesh: string; name: string }[]; next: string | null };
      expect(page.total).toBe(8);
      seen.push(...page.items.map(({ mesh, name }) => `${mesh}/${name}`));
      next = page.next;
    }
    expect(seen).toEqual(['default', 'other'].flatMap((mesh) => Object.keys(proxies).map((name) => `${mesh}/${name}`)));
  });
});
