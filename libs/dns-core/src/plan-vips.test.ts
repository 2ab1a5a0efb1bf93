import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocateVip, parseVipPool, planVips, type Vip } from './index.ts';

function pool(cidr: string) {
  const parsed = parseVipPool(cidr);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const GRACE = 1000;
const state = (services: readonly string[], vips: readonly Vip[] = [], gone: readonly [string, number][] = [], cidr = '240.0.0.0/4') =>
  ({ pool: pool(cidr), domain: 'mesh', services: new Set(services), vips, goneSince: new Map(gone) });

test('each service gets one address in the pool, and keeps it', () => {
  const first = planVips(state(['web', 'db']), 0, GRACE);
  expect(first.create.map(({ hostname }) => hostname)).toEqual(['db.mesh', 'web.mesh']);
  expect(first.create.every(({ address }) => Number(address.split('.')[0]) >= 240)).toBe(true);
  const next = planVips(state(['web', 'db', 'api'], first.create), 0, GRACE);
  expect(next.create.map(({ service }) => service)).toEqual(['api']);
  expect(next.release).toEqual([]);
});

test('an address is released when its service has been gone for the grace, and not before', () => {
  const { create } = planVips(state(['web']), 0, GRACE);
  expect(planVips(state([], create, [['web', 500]]), 1499, GRACE).release).toEqual([]);
  expect(planVips(state([], create, [['web', 500]]), 1500, GRACE).release).toEqual(create);
  expect(planVips(state(['web'], create, [['web', 500]]), 9999, GRACE).release).toEqual([]);
});

test('a second address of one service is released', () => {
  const vips = [{ address: '240.0.0.9', hostname: 'web.mesh', service: 'web' }, { address: '240.0.0.3', hostname: 'web.mesh', service: 'web' }];
  expect(planVips(state(['web'], vips), 0, GRACE).release).toEqual([vips[0]]);
});

test('a full pool leaves the rest without an address', () => {
  const { create } = planVips(state(['a', 'b', 'c'], [], [], '10.0.0.0/30'), 0, GRACE);
  expect(create.map(({ address }) => address).sort()).toEqual(['10.0.0.1', '10.0.0.2']);
});

test('addresses are unique, inside the pool, and do not depend on the batches in which services appear', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 40 });
  fc.assert(fc.property(names, fc.integer({ min: 24, max: 30 }), fc.nat(40), (services, bits, cut) => {
    const small = `10.9.0.0/${bits}`;
    const first = planVips(state(services.slice(0, cut), [], [], small), 0, GRACE).create;
    const all = [...first, ...planVips(state(services, first, [], small), 0, GRACE).create];
    expect(new Set(all.map(({ address }) => address)).size).toBe(all.length);
    expect(all.length).toBe(Math.min(services.length, 2 ** (32 - bits) - 2));
    const { first: low, last: high } = pool(small);
    for (const { address } of all) {
      const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      expect(number >= low && number <= high).toBe(true);
    }
  }));
});

test.each(['', '10.0.0.0', '10.0.0.0/31', '300.0.0.0/8', 'fd00::/127', 'fd00::', 'fd00:/64', 'fd00::1::/64', '1:2:3:4:5:6:7:8:9/64', '10.0.0.0/8/8'])('no pool: "%s"', (text) => {
  expect(parseVipPool(text).ok).toBe(false);
});

test('the pool is read from any address in it', () => {
  expect(pool('10.1.2.3/8')).toEqual(pool('10.0.0.0/8'));
  expect(allocateVip(pool('10.0.0.0/30'), 'x', new Set(['10.0.0.1', '10.0.0.2']))).toBeUndefined();
});

test('a pool of IPv6 hands out addresses in their usual form', () => {
  expect(allocateVip(pool('fd00::/126'), 'x', new Set(['fd00::1']))).toBe('fd00::2');
  expect(allocateVip(pool('fd00:0:0:1::/126'), 'x', new Set(['fd00:0:0:1::1']))).toBe('fd00:0:0:1::2');
  expect(allocateVip(pool('1:2:3:4:5:6:7:0/126'), 'x', new Set(['1:2:3:4:5:6:7:1']))).toBe('1:2:3:4:5:6:7:2');
  expect(pool('fd00:fd00::9/64')).toEqual(pool('fd00:fd00::/64'));
  expect(allocateVip(pool('fd00:fd00::/64'), 'web.mesh', new Set())).toMatch(/^fd00:fd00::[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/);
});
