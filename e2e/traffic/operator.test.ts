import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness/test-mesh.ts';
import { startWebAndBackend, type WebAndBackend } from '../harness/web-and-backend.ts';
import type { Weftctl } from '../harness/weftctl.ts';

/** `web` calls `backend`; an operator looks after them with weftctl. */
describe('an operator at work', () => {
  let shop: WebAndBackend;
  let ctl: Weftctl;

  beforeAll(async () => {
    shop = await startWebAndBackend('127.0.7');
    ({ ctl } = shop);
  });

  afterAll(() => shop.close());

  const weftctl: Weftctl['run'] = (...args) => ctl.run(...args);
  const applyAndWait = (document: unknown): ReturnType<Weftctl['apply']> => ctl.apply(document, '--wait', '--timeout', '60s');

  /** Waits, since a certificate that comes meanwhile makes a proxy STALE for a moment. */
  const bothSynced = (...args: string[]): Promise<void> => until('status says that both are synced', async () => (await weftctl('status', ...args)).out.includes('2 SYNCED'));

  const timeout = (milliseconds: number): unknown => ({
    type: 'MeshTimeout', mesh: 'default', name: 'a-patience', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: `${milliseconds}ms` } } }] },
  });

  it('status says that every proxy has what it should have', async () => {
    await bothSynced('-m', 'default');
    const { out } = await weftctl('status');
    expect(out).toMatch(/web /);
    expect(out).toMatch(/backend /);
  });

  it('apply --wait ends once the proxies that it concerns have ACKed', async () => {
    const run = await applyAndWait(timeout(1234));
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toMatch(/[12] prox(y|ies) affected: [12] ACKed, 0 NACKed \(\d+\.\d s\)/);
  });

  it('apply --wait says where no proxy is concerned', async () => {
    const run = await applyAndWait({ type: 'MeshTimeout', mesh: 'default', name: 'nobody', spec: { targetRef: { kind: 'Dataplane', labels: { none: 'such' } }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '5s' } }] } });
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toContain('No proxy had to change');
    expect((await weftctl('describe', 'meshtimeout', 'nobody')).out).toContain('selects no proxy');
  });

  it('apply --wait fails with the words of an Envoy that refuses, and status and check tell them too', async () => {
    const taken = { type: 'Dataplane', mesh: 'default', name: 'web', networking: { address: '127.0.7.2', outbound: [{ port: 10_001, address: '203.0.113.7', tags: { 'kuma.io/service': 'backend' } }] } };
    const before = await shop.mesh.api.getJson('/meshes/default/dataplanes/web');
    const run = await applyAndWait({ ...taken, networking: { ...(before['networking'] as object), outbound: taken.networking.outbound } });
    expect(run.code).toBe(1);
    expect(run.out).toMatch(/1 NACKed/);
    expect(run.out).toContain('203.0.113.7');
    expect(run.err).toContain('refused this');
    const status = await weftctl('status');
    expect(status.out).toMatch(/web +NACK/);
    expect(status.out).toContain('203.0.113.7');
    const check = await weftctl('check', '-o', 'json');
    expect(check.code).toBe(1);
    expect(JSON.parse(check.out)).toMatchObject({ checks: expect.arrayContaining([expect.objectContaining({ id: 'WEFT-DP-002', status: 'error' })]) as unknown });
    const undone = await applyAndWait(before);
    expect(undone).toMatchObject({ code: 0 });
    await bothSynced();
  });
});
