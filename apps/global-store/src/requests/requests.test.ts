import { ask, REQUESTS, type AppWrite, type ProxyHealth } from '@weft/bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

const inbound = (port: number, more: object = {}): object => ({ port, tags: { 'kuma.io/service': 'web' }, ...more });
const proxy = (name: string, more: object = {}): string => JSON.stringify({ type: 'Dataplane', mesh: 'default', name, networking: { address: '10.0.0.1', inbound: [inbound(80)], ...more } });

describe('requests of other apps', () => {
  let server: TestStore;
  beforeAll(async () => {
    server = await startForTest();
  });
  afterAll(() => server.app.close());

  const write = (...writes: AppWrite['writes']): Promise<{ readonly resources: readonly { readonly version: number }[] }> => ask(server.ports.bus, REQUESTS.storeWrite, { writes, writer: 'test' });
  const put = (type: string, name: string, more: object = {}): AppWrite['writes'][number] => ({ op: 'put', type, mesh: '', name, labels: {}, spec: {}, ...more });
  const register = (document: string): Promise<unknown> => ask(server.ports.bus, REQUESTS.proxyRegister, { document, proxyType: 'dataplane', instance: 'xds-1' });

  describe('storeWrite', () => {
    it('commits several writes as one, and gives what was stored', async () => {
      const { resources } = await write(put('VirtualIp', '240.0.0.0', { spec: { hostname: 'a.mesh' } }), put('VirtualIp', '240.0.0.1', { spec: { hostname: 'b.mesh' } }));
      expect(resources).toMatchObject([{ name: '240.0.0.0', version: 1, labels: {} }, { name: '240.0.0.1', version: 1 }]);
    });

    it('stores nothing where one of them is refused', async () => {
      const doubled = write(put('VirtualIp', '240.0.0.2', { spec: { hostname: 'c.mesh' } }), put('VirtualIp', '240.0.0.0', { spec: { hostname: 'd.mesh' }, expectVersion: 'absent' }));
      await expect(doubled).rejects.toMatchObject({ code: 'store/conflict' });
      const invalid = write(put('VirtualIp', '240.0.0.2', { spec: { hostname: 'c.mesh' } }), put('TrustBundle', 'ca', { mesh: 'absent', spec: { backend: 'ca', generation: 1, caPem: [] } }));
      await expect(invalid).rejects.toMatchObject({ code: 'resource/invalid', violations: [{ path: 'mesh' }] });
      expect(await ask(server.ports.bus, REQUESTS.storeRead, { type: 'VirtualIp', mesh: '', name: '240.0.0.2' })).toEqual({ resource: null });
    });

    it('spares writes that change nothing', async () => {
      const before = await server.ports.store.head();
      const { resources } = await write(put('VirtualIp', '240.0.0.0', { spec: { hostname: 'a.mesh' } }));
      expect(resources).toMatchObject([{ version: 1 }]);
      expect(await server.ports.store.head()).toEqual(before);
    });

    it('knows its types, and refuses a fence that has passed on', async () => {
      await expect(write(put('Pet', 'x'))).rejects.toMatchObject({ code: 'resource/unknown-type' });
      const grant = await ask(server.ports.bus, REQUESTS.leaseAcquire, { lease: 'vips', holder: 'a', ttlMs: 60_000 });
      await ask(server.ports.bus, REQUESTS.leaseRelease, { lease: 'vips', holder: 'a' });
      await ask(server.ports.bus, REQUESTS.leaseAcquire, { lease: 'vips', holder: 'b', ttlMs: 60_000 });
      const late = ask(server.ports.bus, REQUESTS.storeWrite, { writes: [put('VirtualIp', '240.0.0.9', { spec: { hostname: 'x.mesh' } })], writer: 'a', fence: { lease: 'vips', token: grant?.token ?? 0 } });
      await expect(late).rejects.toMatchObject({ code: 'store/fenced' });
      expect(await ask(server.ports.bus, REQUESTS.leaseAcquire, { lease: 'vips', holder: 'c', ttlMs: 60_000 })).toBeNull();
    });

    it('deletes what is there, and is content with what is not', async () => {
      await write({ op: 'delete', key: { type: 'VirtualIp', mesh: '', name: '240.0.0.1' } }, { op: 'delete', key: { type: 'VirtualIp', mesh: '', name: '240.9.9.9' } });
      expect(await ask(server.ports.bus, REQUESTS.storeRead, { type: 'VirtualIp', mesh: '', name: '240.0.0.1' })).toEqual({ resource: null });
    });

    it('keeps secret content out of the resource, and gives it to who asks for it', async () => {
      const key = { type: 'Secret', mesh: 'default', name: 'default.ca-builtin-key-ca-1' };
      await write({ op: 'put', ...key, labels: {}, spec: { data: Buffer.from('private').toString('base64') } });
      const { resource } = await ask(server.ports.bus, REQUESTS.storeRead, key);
      expect(resource).toMatchObject({ spec: {}, version: 1 });
      expect(JSON.stringify(resource)).not.toContain(Buffer.from('private').toString('base64'));
      expect(await ask(server.ports.bus, REQUESTS.secretRead, key)).toEqual({ data: Buffer.from('private').toString('base64') });
      expect(await ask(server.ports.bus, REQUESTS.secretRead, { ...key, name: 'absent' })).toEqual({ data: null });
      await write({ op: 'put', ...key, labels: {}, spec: { data: Buffer.from('private').toString('base64') } });
      expect((await ask(server.ports.bus, REQUESTS.storeRead, key)).resource?.version).toBe(1);
    });
  });

  describe('registration of proxies', () => {
    it('stores the proxy with computed labels, and changes nothing when it comes again', async () => {
      expect(await register(proxy('web-1'))).toMatchObject({ resource: { version: 1, labels: { 'kuma.io/proxy-type': 'sidecar', 'kuma.io/zone': 'default' } } });
      expect(await register(proxy('web-1'))).toMatchObject({ resource: { version: 1 } });
      expect(await register(proxy('web-1', { address: '10.0.0.2' }))).toMatchObject({ resource: { version: 2 } });
    });

    it('of zone proxies says which zone is theirs, and leaves what they offer alone', async () => {
      const key = { type: 'ZoneIngress', mesh: '', name: 'gate' };
      const networking = { address: '10.0.0.1', port: 10_001, advertisedAddress: '1.2.3.4', advertisedPort: 30_001 };
      const come = (): Promise<unknown> => ask(server.ports.bus, REQUESTS.proxyRegister, { document: JSON.stringify({ ...key, mesh: undefined, networking }), proxyType: 'ingress', instance: 'xds-1' });
      expect(await come()).toMatchObject({ resource: { version: 1, labels: { 'kuma.io/origin': 'zone', 'kuma.io/proxy-type': 'zoneingress', 'kuma.io/zone': 'default' }, spec: { zone: 'default', networking } } });
      const offer = { availableServices: [{ mesh: 'default', instances: 1, tags: { 'kuma.io/service': 'web' } }] };
      await write({ op: 'put', ...key, labels: {}, spec: { networking, ...offer } });
      expect(await come()).toMatchObject({ resource: { version: 2, spec: { zone: 'default', ...offer } } });
      await write({ op: 'put', ...key, labels: {}, spec: { networking, availableServices: [] } });
      expect(await come()).toMatchObject({ resource: { version: 3, spec: { availableServices: [] } } });
      await ask(server.ports.bus, REQUESTS.proxyHealth, { key, finding: { proxy: 'down', workloads: {} } });
      expect((await ask(server.ports.bus, REQUESTS.storeRead, key)).resource?.spec).toEqual({ zone: 'default', networking: { address: '10.0.0.1', port: 10_001 }, availableServices: [] });
      expect(await come()).toMatchObject({ resource: { spec: { networking } } });
    });

    it('keeps what probes found out', async () => {
      await register(proxy('web-2'));
      await write({ op: 'put', type: 'Dataplane', mesh: 'default', name: 'web-2', labels: {}, spec: { networking: { address: '10.0.0.1', inbound: [inbound(80, { health: { ready: false } })] } } });
      expect(await register(proxy('web-2'))).toMatchObject({ resource: { version: 2, spec: { networking: { inbound: [{ health: { ready: false } }] } } } });
    });

    it('holds a proxy that has just started back until it is told ready, and takes it out when it ends', async () => {
      const key = { type: 'Dataplane', mesh: 'default', name: 'web-4' };
      const inboundNow = async (): Promise<unknown> => ((await ask(server.ports.bus, REQUESTS.storeRead, key)).resource?.spec as { networking: { inbound: unknown[] } }).networking.inbound[0];
      const told = (finding: ProxyHealth['finding']): Promise<null> => ask(server.ports.bus, REQUESTS.proxyHealth, { key, finding });
      const asked = { document: proxy('web-4'), proxyType: 'dataplane', instance: 'xds-1' };
      await ask(server.ports.bus, REQUESTS.proxyRegister, { ...asked, fresh: true });
      expect(await inboundNow()).toMatchObject({ state: 'NotReady', health: { ready: false } });
      await ask(server.ports.bus, REQUESTS.proxyRegister, asked);
      expect(await inboundNow()).toMatchObject({ state: 'NotReady' });
      await told({ proxy: 'up', workloads: {} });
      expect(await inboundNow()).not.toHaveProperty('state');
      const before = await server.ports.store.head();
      await told({ proxy: 'up', workloads: {} });
      expect(await server.ports.store.head()).toEqual(before);
      await Promise.all([told({ proxy: 'down', workloads: {} }), told({ proxy: 'down', workloads: {} })]);
      expect(await inboundNow()).toMatchObject({ state: 'NotReady', health: { ready: false } });
      await ask(server.ports.bus, REQUESTS.proxyHealth, { key: { ...key, name: 'nobody' }, finding: { proxy: 'down', workloads: {} } });
    });

    it('a new Dataplane with a probe starts out of rotation', async () => {
      expect(await register(proxy('web-5', { inbound: [inbound(80, { serviceProbe: { tcp: {} } })] }))).toMatchObject({ resource: { spec: { networking: { inbound: [{ state: 'NotReady', health: { ready: false } }] } } } });
    });

    it.each([
      ['a mesh that is not there', JSON.stringify({ type: 'Dataplane', mesh: 'absent', name: 'x', networking: { address: '10.0.0.1', inbound: [inbound(80)] } }), 'resource/invalid'],
      ['a broken document', '{', 'request/invalid'],
      ['no document', 'null', 'request/invalid'],
      ['inbounds that are none', JSON.stringify({ type: 'Dataplane', mesh: 'default', name: 'web-1', networking: { address: '10.0.0.1', inbound: [null] } }), 'resource/invalid'],
      ['another type', JSON.stringify({ type: 'Mesh', name: 'x' }), 'resource/invalid'],
      ['content that breaks rules', JSON.stringify({ type: 'Dataplane', mesh: 'default', name: 'x', networking: {} }), 'resource/invalid'],
    ])('tells the reasons against %s', async (_name, document, code) => {
      expect(await register(document)).toMatchObject({ error: { code } });
    });

    it('deregisters that version only', async () => {
      const key = { type: 'Dataplane', mesh: 'default', name: 'web-3' };
      await register(proxy('web-3'));
      await register(proxy('web-3', { address: '10.0.0.3' }));
      await ask(server.ports.bus, REQUESTS.proxyDeregister, { key, version: 1 });
      expect((await ask(server.ports.bus, REQUESTS.storeRead, key)).resource).not.toBeNull();
      await ask(server.ports.bus, REQUESTS.proxyDeregister, { key, version: 2 });
      expect((await ask(server.ports.bus, REQUESTS.storeRead, key)).resource).toBeNull();
      await ask(server.ports.bus, REQUESTS.proxyDeregister, { key, version: 2 });
    });
  });
});
