import { setTimeout as pause } from 'node:timers/promises';
import type { Shop } from '../platform/shop.ts';
import { until } from '../platform/until.ts';
import { catalogueRoute, resourcePath, spiffeId } from '../shop/resources.ts';
import { firstOf, instanceNamed, MEMBERS, MESH, ZONE_PROXIES, ZONES, type Member, type Zone, type ZoneProxy } from '../shop/topology.ts';
import type { CallOutcome } from '../workloads/call-outcome.ts';
import { expectThat, type Checklist } from './checklist.ts';
import { isOnline } from './is-online.ts';
import { callTotals } from './leaf-check.ts';

const OUTAGE_MS = 3000;
const CALLS = 40;
const HOME: Zone = 'east';
const AWAY: Zone = 'west';

/** What runs in one zone only answers in the other, through an ingress that never sees more than TLS. */
export async function checkAcrossZones(shop: Shop, list: Checklist): Promise<void> {
  await list.check(`web in ${HOME} calls reviews in ${AWAY} through egress and ingress, over mTLS from end to end`, async () => {
    const passed = (proxy: Member): Promise<number> => shop.envoy(proxy).sum('^cluster\\..*reviews.*\\.upstream_cx_total$');
    const outcome = await shop.app(firstOf('web')).call('reviews');
    expectThat(outcome.ok && outcome.instance === 'reviews-1', `the call failed: ${outcome.status}`);
    expectThat(outcome.sawClient === spiffeId('web'), `reviews saw its caller as ${outcome.sawClient ?? 'nobody'}, not as ${spiffeId('web')}`);
    const way = [zoneProxyOf(HOME, 'egress'), zoneProxyOf(AWAY, 'ingress')];
    const connections = await Promise.all(way.map(passed));
    expectThat(connections.every((count) => count > 0), `${way.map(({ name }) => name).join(' and ')} count ${connections.join(' and ')} connections to reviews`);
    const { host, port } = shop.inbound(firstOf('reviews'));
    const known = await shop.envoy(firstOf('web')).endpoints('reviews');
    expectThat(!known.includes(`${host}:${port}`), `web knows the address of reviews itself: ${known.join(', ')}`);
    return `${way.map(({ name }, at) => `${connections[at] ?? 0} connections through ${name}`).join(', ')}; reviews saw ${spiffeId('web')}`;
  });
  await list.check('the global control plane knows the proxies of both zones', async () => {
    await until('both zones are online', 30_000, async () => (await onlineZones(shop)).length === ZONES.length);
    const { items } = await shop.controlPlanes.global.api.list(`/meshes/${MESH}/dataplanes`);
    const zones = ZONES.map((zone) => `${items.filter((item) => (item['labels'] as Record<string, string> | undefined)?.['kuma.io/zone'] === zone).length} in ${zone}`);
    expectThat(items.length === MEMBERS.length - ZONE_PROXIES.length, `it lists ${items.length} Dataplanes`);
    return zones.join(', ');
  });
}

/** The global control plane goes and returns: zones go on by themselves, and are in step again. */
export async function checkGlobalKilled(shop: Shop, list: Checklist): Promise<void> {
  const { global } = shop.controlPlanes;
  const moved = instanceNamed('catalogue-2');
  await list.check('without the global control plane traffic flows, and a zone takes in an instance', async () => {
    const before = callTotals(shop);
    await global.kill();
    await pause(OUTAGE_MS);
    const after = callTotals(shop);
    expectThat(after.failed === before.failed, `${after.failed - before.failed} of ${after.calls - before.calls} calls failed (${after.failures})`);
    await shop.kill(moved);
    await until(`${moved.name} is deregistered`, 15_000, async () => (await shop.controlPlanes.of(moved).api.find(`/meshes/${MESH}/dataplanes/${moved.name}`)) === undefined);
    await shop.restart(moved);
    await until(`${moved.name} answers`, 15_000, async () => (await callCatalogue(shop)).instance === moved.name);
    return `0 of ${after.calls - before.calls} calls failed; ${moved.name} left and came back`;
  });
  await list.check('after its return the global control plane and the zones are in step', async () => {
    await global.start();
    const begin = performance.now();
    await until('both zones are online', 60_000, async () => (await onlineZones(shop)).length === ZONES.length);
    const took = Math.round(performance.now() - begin);
    await shop.apply(catalogueRoute('v2'));
    await until('a policy written there takes effect', 15_000, async () => (await callCatalogue(shop)).sawRoute === 'v2');
    await global.api.delete(resourcePath(catalogueRoute('v2')));
    await until('its removal takes effect', 15_000, async () => (await callCatalogue(shop)).sawRoute === undefined);
    return `both zones online ${took} ms after it was ready`;
  });
}

/** All of a zone goes and returns: the other takes it out of rotation, and back in. */
export async function checkZoneKilled(shop: Shop, list: Checklist): Promise<void> {
  const gone = MEMBERS.filter(({ zone }) => zone === AWAY);
  await list.check('a zone that dies is withdrawn from the other', async () => {
    await shop.controlPlanes.of({ zone: AWAY }).kill();
    await Promise.all(gone.map((member) => shop.kill(member)));
    const begin = performance.now();
    await until(`${HOME} has no endpoint in ${AWAY}`, 30_000, async () => !(await leavesHome(shop)));
    const took = Math.round(performance.now() - begin);
    const outcomes = await Promise.all(Array.from({ length: CALLS }, () => callCatalogue(shop)));
    expectThat(outcomes.every(({ ok }) => ok), `some of ${CALLS} calls failed: ${outcomes.find(({ ok }) => !ok)?.status ?? ''}`);
    return `withdrawn after ${took} ms; ${CALLS} of ${CALLS} calls answered in ${HOME}`;
  });
  await list.check('a zone that returns is taken back', async () => {
    await shop.controlPlanes.of({ zone: AWAY }).start();
    for (const member of gone) await shop.restart(member);
    const begin = performance.now();
    await until('reviews answers web again', 60_000, async () => (await shop.app(firstOf('web')).call('reviews')).ok);
    return `reviews answers ${Math.round(performance.now() - begin)} ms after the last Envoy was ready`;
  });
}

function callCatalogue(shop: Shop): Promise<CallOutcome> {
  return shop.app(firstOf('web')).call('catalogue');
}

function zoneProxyOf(zone: Zone, kind: ZoneProxy['kind']): Member {
  const found = ZONE_PROXIES.find((proxy) => proxy.zone === zone && proxy.kind === kind);
  if (found === undefined) throw new Error(`${zone} has no ${kind}`);
  return found;
}

/** Whether web's Envoy sends calls for the catalogue out of its zone. */
async function leavesHome(shop: Shop): Promise<boolean> {
  const { host, port } = shop.inbound(zoneProxyOf(HOME, 'egress'));
  return (await shop.envoy(firstOf('web')).endpoints('catalogue')).includes(`${host}:${port}`);
}

async function onlineZones(shop: Shop): Promise<readonly string[]> {
  const { items } = await shop.controlPlanes.global.api.list('/zones/_overview');
  return items.filter((item) => isOnline(item['zoneInsight'])).map((item) => String(item['name']));
}
