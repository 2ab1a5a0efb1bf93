import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestMesh, until } from '../harness/test-mesh.ts';

const SERVICES = 60;

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await TestMesh.start({ mtls: 'STRICT' });
  // Made by a global control plane, which this one has none of.
  await mesh.api.put('/hostnamegenerators/multi-zone', { type: 'HostnameGenerator', name: 'multi-zone', spec: { selector: { meshMultiZoneService: { matchLabels: {} } }, template: '{{ .DisplayName }}.mzsvc.mesh.local' } });
});

afterAll(async () => {
  await mesh.close();
});

const read = (path: string): Promise<unknown> => mesh.api.getJson(`/meshes/${mesh.mesh}/${path}`);
const service = (name: string, labels = {}) => mesh.put({ type: 'MeshService', name, labels, spec: { selector: { dataplaneTags: { 'kuma.io/service': name } }, ports: [{ port: 80, targetPort: 8080, appProtocol: 'http' }] } });

/** A resource as text, once it tells of this. */
async function seen(path: string, text: string): Promise<string> {
  let found = '';
  await until(`${path} tells of ${text}`, async () => {
    found = JSON.stringify(await read(path));
    return found.includes(text);
  });
  return found;
}

it('a MeshService is given an address and the name of the default generator, through the real store', async () => {
  await service('shop', { app: 'shop' });
  const shown = await seen('meshservices/shop', '"shop.svc.mesh.local"');
  expect(shown).toMatch(/"ip":"241\./);
  expect(shown).toContain('"coreName":"local-universal-mesh-service"');
});

it('a MeshExternalService and a MeshMultiZoneService too, each from its own pool, with server names', async () => {
  await mesh.put({ type: 'MeshExternalService', name: 'pay', spec: { match: { port: 443, protocol: 'tcp' }, endpoints: [{ address: 'pay.example.com', port: 443 }] } });
  await mesh.api.put(`/meshes/${mesh.mesh}/meshmultizoneservices/shops`, { type: 'MeshMultiZoneService', mesh: mesh.mesh, name: 'shops', spec: { selector: { meshService: { matchLabels: { app: 'shop' } } }, ports: [{ port: 80, appProtocol: 'http' }] } });
  const external = await seen('meshexternalservices/pay', '"pay.extsvc.mesh.local"');
  expect(external).toMatch(/"vip":\{"ip":"242\./);
  expect(external).toMatch(/"snis":\[\{"port":443,"sni":"sni\.extsvc\.default\.default\.pay\.443"\}\]/);
  const shops = await seen('meshmultizoneservices/shops', '"shops.mzsvc.mesh.local"');
  expect(shops).toMatch(/"ip":"243\./);
  expect(shops).toContain('"meshServices":[{"name":"shop","namespace":"","zone":"default","mesh":"default"}]');
  for (const [path, hostname] of [['meshexternalservices/pay', 'pay.extsvc.mesh.local'], ['meshmultizoneservices/shops', 'shops.mzsvc.mesh.local']] as const) {
    expect(await read(`${path}/_hostnames`)).toEqual({ total: 1, items: [{ hostname, zones: [{ name: 'default' }] }] });
  }
});

it('a control plane that is killed while it gives addresses goes on after its start: everybody has one, nobody the same', async () => {
  const names = Array.from({ length: SERVICES }, (_, at) => `s${at}`);
  await Promise.all(names.slice(0, SERVICES / 2).map((name) => service(name)));
  await seen('meshservices/s0', '"s0.svc.mesh.local"');
  const before = await addresses();
  await Promise.all(names.slice(SERVICES / 2).map((name) => service(name)));
  await mesh.restartPlane();
  await until('everybody has an address', async () => (await addresses()).size === SERVICES + 1);
  const after = await addresses();
  expect(new Set(after.values()).size).toBe(SERVICES + 1);
  for (const [name, address] of before) expect(after.get(name)).toBe(address);
});

/** Addresses of MeshServices by name. */
async function addresses(): Promise<Map<string, string>> {
  const { items } = await read('meshservices?size=1000') as { readonly items: readonly { readonly name: string; readonly status?: { readonly vips?: readonly { readonly ip: string }[] } }[] };
  return new Map(items.flatMap(({ name, status }) => (status?.vips?.[0] === undefined ? [] : [[name, status.vips[0].ip] as const])));
}
