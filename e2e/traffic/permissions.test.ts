import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { pageExamples } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

/** `web` and `intruder` call `backend`; mTLS STRICT. */
describe('MeshTrafficPermission on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let backend: TestProxy;
  let asWeb: string;
  let asIntruder: string;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    const [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    ({ proxy: backend } = await serve(mesh, { name: 'backend', address: '127.0.4.1' }, appPort));
    [asWeb = '', asIntruder = ''] = await Promise.all(['web', 'intruder'].map(async (name, index) => {
      const { outbounds } = await call(mesh, { name, address: `127.0.4.${index + 2}` }, ['backend']);
      return outbounds.map(urlOf)[0] ?? '';
    }));
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  const permission = (spec: object) => mesh.put({ type: 'MeshTrafficPermission', name: 'who', spec: { targetRef: { kind: 'Mesh' }, ...spec } });
  const from = (web: string, intruder: string) => permission({
    from: [
      { targetRef: { kind: 'MeshService', name: 'web' }, default: { action: web } },
      { targetRef: { kind: 'MeshService', name: 'intruder' }, default: { action: intruder } },
    ],
  });
  const spiffeID = (name: string) => ({ spiffeID: { type: 'Exact', value: `spiffe://default/${name}` } });

  /** Waits until both get these answers. */
  const answered = (web: number, intruder: number): Promise<void> =>
    until(`web gets ${web}, intruder ${intruder}`, async () => (await httpGet(asWeb)).status === web && (await httpGet(asIntruder)).status === intruder);

  /** A counter of the proxy of `backend`; 0 where there is none yet. */
  const counter = async (name: RegExp): Promise<number> => {
    const lines = (await backend.admin('/stats?usedonly')).split('\n').filter((line) => name.test(line));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(':') + 1)), 0);
  };
  /** Waits until a call makes a counter grow: each worker of Envoy takes up new rules by itself. */
  const counted = async (name: RegExp, by: string): Promise<void> => {
    const before = await counter(name);
    await until(`${String(name)} grows`, async () => {
      await httpGet(by);
      return (await counter(name)) > before;
    });
  };
  /** Envoy writes its logs out every ten seconds. */
  const logged = (words: string): Promise<void> => until(`"${words}" is logged`, async () => backend.agent.output.includes(words), 20_000);

  it('denies everyone where no permission says anything, and says so', async () => {
    await answered(403, 403);
    expect(await counter(/rbac\.policy\.default\.denied:/)).toBeGreaterThan(0);
    await logged('rbac_access_denied_matched_policy[default]');
    expect(app.requests).toEqual([]);
  });

  it('from: Allow lets in, Deny keeps out and is named in statistics and log', async () => {
    await from('Allow', 'Deny');
    await answered(200, 403);
    const name = 'kri_mtp_default_default__who_from_1';
    await counted(new RegExp(`${name}\\.denied:`), asIntruder);
    await logged(`rbac_access_denied_matched_policy[${name}]`);
    await logged('denied "GET /" from spiffe://default/intruder');
  });

  it('from: AllowWithShadowDeny lets in and counts', async () => {
    await from('Allow', 'AllowWithShadowDeny');
    await answered(200, 200);
    await counted(/rbac\.shadow_denied:/, asIntruder);
  });

  it('rules: who is on the deny list is kept out though all are allowed; the policy is named', async () => {
    await permission({ rules: [{ default: { allow: [{ spiffeID: { type: 'Prefix', value: 'spiffe://default' } }], deny: [spiffeID('intruder')] } }] });
    await answered(200, 403);
    await counted(/kri_mtp_default_default__who_\.denied:/, asIntruder);
    await logged('rbac_access_denied_matched_policy[kri_mtp_default_default__who_]');
  });

  it('rules: who is on no list is kept out', async () => {
    await permission({ rules: [{ default: { allow: [spiffeID('intruder')] } }] });
    await answered(403, 200);
  });

  it('rules: allowWithShadowDeny lets in and counts', async () => {
    await permission({ rules: [{ default: { allow: [spiffeID('web')], allowWithShadowDeny: [spiffeID('intruder')] } }] });
    await answered(200, 200);
    await counted(/rbac\.shadow_denied:/, asIntruder);
  });

  it('counts at once on connections that are open: no listener is replaced', async () => {
    const replaced = () => counter(/^listener_manager\.listener_(modified|in_place_updated):/);
    await from('Allow', 'Allow');
    await answered(200, 200);
    const [before, connections] = [await replaced(), await counter(/127\.0\.4\.1_\d+\.downstream_cx_total:/)];
    await from('Deny', 'Allow');
    await answered(403, 200);
    expect(await replaced()).toBe(before);
    expect(connections).toBeGreaterThan(0);
    expect(await counter(/127\.0\.4\.1_\d+\.downstream_cx_total:/)).toBe(connections);
  });

  it('takes the examples of the pages, which mean what they say', async () => {
    for (const example of [...pageExamples('policies/meshtrafficpermission.md'), ...pageExamples('policies/meshtls.md')]) await mesh.put(example);
    await mesh.delete('MeshTrafficPermission', 'who');
    await answered(200, 403);
  });
});
