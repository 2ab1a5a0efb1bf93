import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, type TestProxy } from '../harness/test-mesh.ts';
import { startWebAndBackend, type WebAndBackend } from '../harness/web-and-backend.ts';
import type { Weftctl } from '../harness/weftctl.ts';

/** `web` calls `backend`; what weftctl says of them is held against what their Envoys have. */
describe('inspecting', () => {
  let shop: WebAndBackend;
  let ctl: Weftctl;
  let web: TestProxy;

  beforeAll(async () => {
    shop = await startWebAndBackend('127.0.9');
    ({ ctl, web } = shop);
  });

  afterAll(() => shop.close());

  const weftctl: Weftctl['run'] = (...args) => ctl.run(...args);
  const apply: Weftctl['apply'] = (document, ...flags) => ctl.apply(document, ...flags);

  const patience = (connectionTimeout: string, labels: object = {}): unknown => ({
    type: 'MeshTimeout', mesh: 'default', name: 'a-patience', labels, spec: { to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { connectionTimeout } }] },
  });
  const clusters = (): Promise<string> => web.admin('/config_dump?resource=dynamic_active_clusters');

  it('a dry run tells which proxies change, and how; then that comes true, and another one finds nothing', async () => {
    const dry = await apply(patience('7s'), '--dry-run');
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('name: a-patience') });
    expect(dry.err).toBe('1 of 2 connected proxies would change:\n\nweb (mesh default)\n  ~ Cluster backend\n      ~ connectTimeout: "7s"\n');
    expect(await clusters()).not.toContain('"7s"');
    expect((await apply(patience('7s'), '--wait', '--timeout', '60s')).out).toContain('1 proxy affected: 1 ACKed');
    expect(await clusters()).toContain('"connect_timeout": "7s"');
    expect((await apply(patience('7s'), '--dry-run')).err).toBe('None of 2 connected proxies would change.\n');
  });

  it('a dry run fails where the control plane would refuse', async () => {
    const run = await apply({ type: 'MeshTimeout', mesh: 'absent', name: 'x', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '1s' } }] } }, '--dry-run');
    expect(run).toMatchObject({ code: 1, err: expect.stringContaining('would refuse') });
  });

  it('rules come with the policies that they were merged from', async () => {
    const { out } = await weftctl('inspect', 'dataplane', 'web', '--type', 'rules');
    expect(out).toContain('MeshTimeout\n');
    expect(out).toContain('  to kuma.io/service=backend\n    from mesh-timeout-all-default, then a-patience\n      connectionTimeout: 7s\n');
    expect((await weftctl('describe', 'dataplane', 'web')).out.replaceAll(/\s+/g, ' ')).toContain('Its MeshTimeout comes from mesh-timeout-all-default, a-patience.');
    expect(await weftctl('inspect', 'dataplane', 'web', '--type', 'layout')).toMatchObject({ code: 1, err: expect.stringContaining("can't use _layout endpoint without meshService enabled") });
  });

  it('a policy about a service that does not exist says so', async () => {
    const lost = { type: 'MeshRetry', mesh: 'default', name: 'lost', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'nowhere' }, default: { tcp: { maxConnectAttempt: 2 } } }] } };
    expect((await apply(lost)).code).toBe(0);
    expect((await weftctl('describe', 'meshretry', 'lost')).out.replaceAll(/\s+/g, ' ')).toContain('Mind that to[0].targetRef of MeshRetry "lost" has no effect: there is no MeshService "nowhere".');
    expect((await weftctl('delete', 'meshretry', 'lost')).code).toBe(0);
  });

  it('a shadow policy is shown with what it would change, and changes nothing', async () => {
    await apply(patience('9s', { 'kuma.io/effect': 'shadow' }), '--wait', '--timeout', '60s');
    await until('the shadow is seen', async () => (await weftctl('inspect', 'dataplane', 'web', '--type', 'config', '--shadow', '--include', 'diff')).out.includes('"9s"'));
    const { xds, diff } = JSON.parse((await weftctl('inspect', 'dataplane', 'web', '--type', 'config', '--shadow', '--include', 'diff')).out) as { xds: Record<string, Record<string, { connectTimeout?: string }>>; diff: unknown };
    const cluster = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
    expect(xds[cluster]?.['backend']?.connectTimeout).toBe('9s');
    expect(diff).toEqual([{ op: 'replace', path: `/${cluster.replaceAll('/', '~1')}/backend/connectTimeout`, value: '9s' }]);
    expect(await clusters()).not.toContain('"9s"');
  });

  it('of a proxy that never connected the rules are known, and no configuration', async () => {
    const absent = { type: 'Dataplane', mesh: 'default', name: 'absent', networking: { address: '127.0.9.3', inbound: [{ port: 80, tags: { 'kuma.io/service': 'absent' } }] } };
    expect((await apply(absent)).code).toBe(0);
    expect((await weftctl('inspect', 'dataplane', 'absent', '--type', 'rules')).out).toContain('MeshTrafficPermission');
    expect(await weftctl('inspect', 'dataplane', 'absent', '--type', 'config')).toMatchObject({ code: 1 });
  });
});
