import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crash } from '../harness/crash.ts';
import { HttpApp } from '../harness/http-app.ts';
import { serve } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';
import { Weftctl } from '../harness/weftctl.ts';
import { startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 500 };
const MTLS = { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } };
/** So long the global control plane waits before a sync counts as standing still, milliseconds. */
const STALL_MS = 5_000;

const policy = (name: string) => ({ type: 'MeshTimeout', name, spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '3s' } }] } });

/** `backend-east` and `backend-west` run in the zone of their name, which has an ingress; people look with weftctl, and read. */
describe('weftctl over zones', () => {
  let zones: TestZones;
  let app: HttpApp;
  const ctls = new Map<string, Weftctl>();
  const ofWest: TestProxy[] = [];

  const ctl = async (at: string, ...args: readonly string[]): Promise<string> => {
    const { out, err } = await (ctls.get(at) as Weftctl).run(...args);
    return out + err;
  };
  const says = (at: string, command: string, words: RegExp): Promise<void> => expect.poll(() => ctl(at, ...command.split(' ')), LATER).toMatch(words);
  const setMesh = (more: object): Promise<void> => zones.global.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, ...more });
  const learn = async (name: string, url: string): Promise<void> => void ctls.set(name, await Weftctl.of(url));

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'], env: { global: { WEFT_MULTIZONE_GLOBAL_KDS_STALL_TIMEOUT: `${STALL_MS}ms` } } });
    await learn('global', zones.global.api.url);
    await zones.global.allowAll();
    await setMesh(MTLS);
    const [port = 0, appPort = 0] = await freePorts(2);
    app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: appPort });
    for (const [zone, net] of [['east', '127.0.41'], ['west', '127.0.42']] as const) {
      await learn(zone, zones.zone(zone).plane.api.url);
      const own = [(await serve(zones.zone(zone).plane, { name: `backend-${zone}`, address: `${net}.1`, port }, appPort)).proxy, (await startIngress(zones, { zone, name: `in-${zone}`, address: `${net}.2` })).proxy];
      if (zone === 'west') ofWest.push(...own);
    }
  });
  afterAll(async () => {
    for (const one of ctls.values()) one.close();
    await zones.close();
    await app.close();
  });

  it('all is well: versions, proxies, and nothing to mend in either zone', async () => {
    await says('global', 'get zones', /^east +\S+\nwest +\S+$/m);
    await says('global', 'inspect zones', /^east +Online .* 2\.14\.\d+ +memory\nwest +Online .* 2\.14\.\d+ +memory\n$/m);
    await says('global', 'status', /^east +default +backend-east\S* +SYNCED .*\nwest +default +backend-west\S* +SYNCED /m);
    await says('global', 'check', /√ every zone is connected\n[^]*√ no zone refuses[^]*√ no zone is out of use[^]* 0 with errors/);
    await says('global', 'describe service backend-east', /is a MeshService with port \d+ \(http\), in zone east\.[^]*It is online: 1 of 1 proxies are connected\./);
    await says('east', 'inspect zones', /^east +Online .* 2\.14\.\d+ +memory\n$/m);
    await says('east', 'describe zone west', /^Zone "west" is another zone than this one, which is east[^]*says that it is alive\.\nIt is entered by in-west\.\nIt offers 1 MeshService: backend-west\.$/m);
    await says('east', 'describe service backend-west', /in zone west\.\nIts proxies are those of that zone, and are reached by the ingresses of that zone\.\nApplications reach it as backend-west\.svc\.west\.mesh\.local\.$/m);
    await says('east', 'check', /√ this zone is synced[^]* 0 with errors/);
  });

  it('what a zone refuses, and why, stands at the global control plane and in the zone, until it is mended', async () => {
    const { plane } = zones.zone('east');
    const wireNames = async (): Promise<readonly string[]> => ((await plane.api.getJson('/meshes/default/meshtimeouts?size=1000'))['items'] as readonly { readonly name: string }[]).map(({ name }) => name).filter((name) => name.startsWith('slow-'));
    await zones.global.put(policy('slow'));
    await expect.poll(wireNames, LATER).toHaveLength(1);
    const [taken = ''] = await wireNames();
    await zones.global.delete('MeshTimeout', 'slow');
    await expect.poll(wireNames, LATER).toEqual([]);
    await plane.put({ ...policy(taken), labels: { 'kuma.io/origin': 'zone' } });
    await zones.global.put(policy('slow'));
    const refused = `refused MeshTimeout ${taken}\\.default for \\S+.*has the name of a resource of this zone; rename one of them`;
    for (const at of ['global', 'east']) {
      for (const command of ['status', 'inspect zones', 'describe zone east']) await says(at, command, new RegExp(refused));
      await says(at, 'check', new RegExp(`× no zone refuses what it is sent +WEFT-ZONE-003\n.*${refused}`));
    }
    await plane.delete('MeshTimeout', taken);
    for (const at of ['global', 'east']) await says(at, 'check', /√ no zone refuses what it is sent/);
  });

  it('who comes under the name of another control plane, or with a bad token, is told of on both sides', async () => {
    for (const [name, env, reason] of [['east', {}, 'is connected from another control plane'], ['north', { WEFT_MULTIZONE_ZONE_KDS_TOKEN: 'not.a.token' }, 'the zone token is refused']] as const) {
      // It tries once: a zone that is too busy to give signs of life loses its name to who asks again and again.
      const plane = await TestMesh.start({
        mtls: 'elsewhere',
        env: { WEFT_MODE: 'zone', WEFT_MULTIZONE_ZONE_NAME: name, WEFT_MULTIZONE_ZONE_GLOBAL_ADDRESS: `grpcs://127.0.0.1:${zones.kdsPort}`, WEFT_MULTIZONE_ZONE_KDS_TLS_SKIP_VERIFY: 'true', WEFT_MULTIZONE_ZONE_KDS_RETRY_BACKOFF: '5m', ...env },
      });
      try {
        await learn('other', plane.api.url);
        await says('global', 'check', new RegExp(`! no control plane was turned away lately +WEFT-ZONE-010[^]*calls itself zone "${name}" was refused \\S+ ago: .*${reason}`));
        await says('global', 'status', new RegExp(`calls itself zone ${name} was refused \\S+ ago: .*${reason}`));
        await says('other', 'status', new RegExp(`This zone, ${name}, does not reach its global control plane: .*${reason}`));
        await says('other', 'check', new RegExp(`× this zone is synced with its global control plane +WEFT-ZONE-007\n.*${reason}`));
      } finally {
        await plane.close();
      }
    }
  });

  it('without mTLS services of other zones say why they are not reached, and servers outside do', async () => {
    await setMesh({});
    await zones.global.put({ type: 'MeshExternalService', name: 'pay', spec: { match: { type: 'HostnameGenerator', port: 443, protocol: 'tcp' }, endpoints: [{ address: '192.0.2.7', port: 443 }] } });
    await says('east', 'describe service backend-west', /It cannot be reached from here: mesh "default" has no mTLS, without which zone "west" cannot be entered/);
    await says('global', 'describe service backend-west', /Mesh "default" has no mTLS, so no proxy reaches it in another zone than its own/);
    await says('east', 'describe service pay', /is a MeshExternalService with port 443 \(tcp\), served outside by 192\.0\.2\.7:443\.\nIt cannot be reached from here: mesh "default" has no mTLS/);
    for (const at of ['global', 'east']) await says(at, 'check', /× services of other zones can be reached +WEFT-SVC-002\n.*no mTLS: none reaches[^]*× MeshExternalServices can be reached +WEFT-SVC-003/);
    await until('the log says so', async () => zones.zone('east').plane.planeOutput.includes('services of another zone cannot be reached'), 60_000);
    await setMesh(MTLS);
    await says('global', 'check', /√ services of other zones can be reached/);
    await says('east', 'describe service pay', /It cannot be reached from here: there is no zone egress: start one/);
  });

  it('a sync that stood still was started anew by itself, which is told', async () => {
    const { link } = zones.zone('east');
    link.freeze();
    await zones.global.put(policy('behind-ice'));
    await until('the global control plane notices', async () => /"zone":"east".*the sync with a zone has stopped moving/.test(zones.global.planeOutput), 60_000);
    link.heal();
    await says('global', 'check', /! no sync has stopped moving lately +WEFT-ZONE-009\n.*sync with zone "east" had stopped moving \S+ ago .*: nothing has moved for 5000 ms: .*has not been answered by the zone/);
    for (const command of ['status', 'describe zone east']) await says('global', command, /sync.* had stopped moving.*: nothing has moved/);
    await says('east', 'get meshtimeouts', /behind-ice/);
  });

  it('a zone that is dead: away, taken out of use, and who says so', async () => {
    await Promise.all([zones.zone('west').plane.stopPlane(), ...ofWest.map(crash)]);
    const unused = 'Zone east has not used zone west for \\S+: it gives no sign of life, and no entrance of it answers';
    await says('global', 'inspect zones', new RegExp(`^west +Offline [^]*\nZone west has been away for \\S+: what is shown of its proxies is as it was then\\.\n${unused}`, 'm'));
    await says('global', 'get zones', /^west/m);
    await says('global', 'status', new RegExp(`^west +default +backend-west[^]*\nZone west has been away for [^]*${unused}`, 'm'));
    await says('global', 'check', new RegExp(`! every zone is connected +WEFT-ZONE-001\n.*"west" has not been connected[^]*× no zone is out of use +WEFT-ZONE-008\n.*${unused}`));
    await says('global', 'describe zone west', new RegExp(`is not connected: it went away \\S+ ago[^]*${unused}[^]*What follows is as it was when it went away\\.`));
    await says('global', 'describe service backend-west', new RegExp(`Zone west has been away for \\S+: what is said of its proxies[^]*${unused}`));
    await says('east', 'describe zone west', new RegExp(`has given no sign of life for \\S+\\.\n${unused}`));
    await says('east', 'describe service backend-west', new RegExp(unused));
    await says('east', 'status', new RegExp(unused));
    await says('east', 'check', new RegExp(`× no zone is out of use +WEFT-ZONE-008\n.*${unused}[^]*→ start the control plane and an ingress of zone west`));
    const overview = await zones.global.api.getJson('/zones/west/_overview');
    expect(overview).toMatchObject({ zoneInsight: { withdrawals: [{ zone: 'west', by: 'east', effect: 'withdrawn', since: expect.any(String) as string }] } });
    await zones.zone('west').plane.startPlane();
    await says('global', 'inspect zones', /^west +Online/m);
  });
});
