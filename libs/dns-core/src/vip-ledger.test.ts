import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocateVip, parseVipPool, poolSize, VipLedger, type Vip } from './index.ts';

const GRACE = 1000;

function pool(cidr: string, reserved: readonly string[] = []) {
  const parsed = parseVipPool(cidr, reserved);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** A ledger with a store behind it that takes every write. */
function ledger(cidr = '240.0.0.0/4', reserved: readonly string[] = []) {
  const made = new VipLedger({ pool: pool(cidr, reserved), graceMs: GRACE });
  const stored = new Map<string, string>();
  const settle = (now = 0): { readonly created: readonly Vip[]; readonly released: readonly Vip[]; readonly refusal: string | undefined } => {
    const { create, release, refusal } = made.plan(now, 10_000);
    for (const { address } of release) {
      stored.delete(address);
      made.remove(address);
    }
    for (const vip of create) {
      expect(stored.has(vip.address)).toBe(false);
      stored.set(vip.address, vip.hostname);
      made.put(vip.address, vip, now);
    }
    return { created: create, released: release, refusal };
  };
  return { ledger: made, stored, settle };
}

test('each name gets one address of the pool and keeps it; what exists is not looked at again', () => {
  const { ledger: made, settle } = ledger();
  made.want('web.mesh', 'web');
  made.want('api.example.com', undefined);
  expect(settle().created).toMatchObject([{ hostname: 'api.example.com' }, { hostname: 'web.mesh', service: 'web' }]);
  made.want('db.mesh', 'db');
  made.want('web.mesh', 'web');
  expect(settle().created.map(({ hostname }) => hostname)).toEqual(['db.mesh']);
});

test('an address is taken back when its name was not wanted for the grace, not before, and not if it is wanted again', () => {
  const { ledger: made, settle } = ledger();
  made.want('web.mesh', 'web');
  const [first] = settle().created;
  made.unwant('web.mesh', 500);
  expect(settle(1499).released).toEqual([]);
  expect(made.nextRelease).toBe(1500);
  made.want('web.mesh', 'web');
  expect(settle(9000)).toMatchObject({ created: [], released: [] });
  made.unwant('web.mesh', 9000);
  expect(settle(10_000).released).toEqual([first]);
  made.want('web.mesh', 'web');
  expect(settle(10_001).created).toEqual([first]);
});

test('a second address of one name is released, the lower one stays', () => {
  const { ledger: made, settle } = ledger();
  made.want('web.mesh', 'web');
  for (const address of ['240.0.0.9', '240.0.0.3']) made.put(address, { hostname: 'web.mesh', service: 'web' }, 0);
  expect(settle().released.map(({ address }) => address)).toEqual(['240.0.0.9']);
  expect(made.addressesOf('web.mesh')).toEqual(['240.0.0.3']);
});

test('a full pool says so, and gives the next address that comes free', () => {
  const { ledger: made, settle } = ledger('10.0.0.0/30');
  for (const name of ['a.mesh', 'b.mesh', 'c.mesh']) made.want(name, undefined);
  const { created, refusal } = settle();
  expect(created.map(({ address }) => address).sort()).toEqual(['10.0.0.1', '10.0.0.2']);
  expect(refusal).toBe('the pool 10.0.0.0/30 is full: all of its 2 addresses are in use');
  expect(settle()).toMatchObject({ created: [], refusal: undefined });
  made.unwant('a.mesh', 0);
  expect(settle(GRACE).released).toHaveLength(1);
  expect(settle(GRACE).created.map(({ hostname }) => hostname)).toEqual(['c.mesh']);
});

test('addresses of resources are not handed out, nor reserved ones', () => {
  const { ledger: made, settle } = ledger('10.0.0.0/28', ['10.0.0.0/29', '10.0.0.12/32', '192.168.0.0/16']);
  made.put('10.0.0.9', { hostname: '' }, 0);
  for (let name = 0; name < 20; name += 1) made.want(`n${name}.mesh`, undefined);
  const { created, refusal } = settle();
  expect(created.map(({ address }) => address).sort()).toEqual(['10.0.0.10', '10.0.0.11', '10.0.0.13', '10.0.0.14', '10.0.0.8']);
  expect(refusal).toContain('all of its 6 addresses');
});

type Step = { readonly op: 'want' | 'unwant' | 'settle'; readonly name: string; readonly wait: number };
const step: fc.Arbitrary<Step> = fc.record({ op: fc.constantFrom('want', 'want', 'unwant', 'settle'), name: fc.stringMatching(/^[a-h]{1,2}$/).map((name) => `${name}.mesh`), wait: fc.nat(700) });
const somePool = fc.constantFrom('10.9.0.0/27', '10.9.0.0/29', 'fd00::/124', 'fd00:1:2:3::/64', '240.0.0.0/4');

test('whatever comes and goes: addresses are unique, in the pool, never move while wanted, and nothing is missing unless the pool is full', () => {
  fc.assert(fc.property(somePool, fc.array(step, { maxLength: 60 }), (cidr, steps) => {
    const { ledger: made, stored, settle } = ledger(cidr);
    const wanted = new Map<string, string | undefined>();
    let now = 0;
    for (const { op, name, wait } of steps) {
      now += wait;
      if (op === 'want') made.want(name, undefined);
      if (op === 'want' && !wanted.has(name)) wanted.set(name, made.addressesOf(name)[0]);
      if (op === 'unwant') made.unwant(name, now);
      if (op === 'unwant') wanted.delete(name);
      if (op !== 'settle') continue;
      settle(now);
      for (const [hostname, before] of wanted) {
        const [address] = made.addressesOf(hostname);
        expect(address === undefined ? stored.size : before ?? address).toBe(address === undefined ? poolSize(pool(cidr)) : address);
        wanted.set(hostname, address);
      }
    }
    expect(new Set(stored.values()).size).toBe(stored.size);
    for (const address of stored.keys()) expect(address.startsWith(cidr.slice(0, cidr.startsWith('240') ? 1 : 4))).toBe(true);
  }));
});

test('a new store gives the same addresses, in whatever order the names come, as long as there is room', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 40 });
  fc.assert(fc.property(names, fc.array(fc.nat()), (all, keys) => {
    const shuffled = [...all].map((name, index) => ({ name, key: keys[index] ?? 0 })).sort((a, b) => a.key - b.key).map(({ name }) => name);
    const give = (order: readonly string[]) => {
      const { ledger: made, settle } = ledger('fd00::/64');
      for (const name of order) {
        made.want(name, undefined);
        settle();
      }
      return Object.fromEntries(order.map((name) => [name, made.addressesOf(name)]));
    };
    expect(give(shuffled)).toEqual(give(all));
  }));
});

test('10,000 names: one more is one more written', () => {
  const { ledger: made, stored, settle } = ledger();
  for (let name = 0; name < 10_000; name += 1) made.want(`s${name}.mesh`, `s${name}`);
  while (settle().created.length > 0);
  expect(stored.size).toBe(10_000);
  made.want('one-more.mesh', 'one-more');
  expect(settle().created).toHaveLength(1);
});

test.each(['', '10.0.0.0', '10.0.0.0/31', '300.0.0.0/8', 'fd00::/127', 'fd00::', 'fd00:/64', 'fd00::1::/64', '1:2:3:4:5:6:7:8:9/64', '10.0.0.0/8/8', '10.0.0.0/33'])('no pool: "%s"', (text) => {
  expect(parseVipPool(text).ok).toBe(false);
});

test('the pool is read from any address in it; what covers it whole or lies elsewhere reserves nothing', () => {
  expect(pool('10.1.2.3/8')).toEqual({ ...pool('10.0.0.0/8'), cidr: '10.1.2.3/8' });
  expect(pool('10.0.0.0/8', ['10.0.0.0/8', '0.0.0.0/0', '11.0.0.0/8', 'fd00::/64']).reserved).toEqual([]);
  expect(pool('240.0.0.0/4', ['241.0.0.0/8', '241.1.0.0/16', '242.0.0.0/8']).reserved).toHaveLength(2);
  expect(parseVipPool('10.0.0.0/8', ['web']).ok).toBe(false);
});

test('a pool of IPv6 hands out addresses in their usual form', () => {
  const given = (cidr: string, name: string, taken: readonly string[]) => allocateVip(pool(cidr), name, new Set(taken));
  expect(given('fd00::/126', 'x', ['fd00::1'])).toEqual({ ok: true, value: 'fd00::2' });
  expect(given('fd00:0:0:1::/126', 'x', ['fd00:0:0:1::1'])).toEqual({ ok: true, value: 'fd00:0:0:1::2' });
  expect(given('1:2:3:4:5:6:7:0/126', 'x', ['1:2:3:4:5:6:7:1'])).toEqual({ ok: true, value: '1:2:3:4:5:6:7:2' });
  expect(pool('fd00:fd00::9/64')).toMatchObject({ first: pool('fd00:fd00::/64').first, ipv6Prefix: [0xfd00, 0xfd00, 0, 0, 0] });
  expect(given('fd00:fd00::/64', 'web.mesh', [])).toMatchObject({ value: expect.stringMatching(/^fd00:fd00::[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/) as unknown });
});
