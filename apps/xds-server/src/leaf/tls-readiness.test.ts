import { bucketKey, BUCKETS, type Bus } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { FakeClock } from '@weft/kernel/testing';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { FeedView } from '../config/feed-view.ts';
import { TlsReadiness } from './tls-readiness.ts';

interface Bench {
  readonly feed: FeedView;
  readonly readiness: TlsReadiness;
  /** What was said, in order: `+backend`, `-backend`. */
  readonly said: string[];
  readonly clock: FakeClock;
  readonly bus: Bus;
}

/** `web` and `backend` in a mesh of this mode; both hold a certificate of its CA, which `old` does not. */
async function bench(mode: 'STRICT' | 'PERMISSIVE'): Promise<Bench> {
  const clock = new FakeClock();
  const bus = createMemoryBus({ clock });
  for (const proxy of ['web', 'backend']) await certified(bus, proxy);
  await certified(bus, 'old', 'ca-0');
  const feed = new FeedView(clock);
  const said: string[] = [];
  const readiness = new TlsReadiness({ bus, clock, feed, onChange: (_, service, ready) => said.push(`${ready ? '+' : '-'}${service}`) });
  await readiness.start();
  feed.load([mesh(mode), dataplane('web'), dataplane('backend'), dataplane('old')]);
  readiness.meshChanged('default');
  return { feed, readiness, said, clock, bus };
}

describe('services that can be dialled with TLS', () => {
  it('are known at once when a server starts in a PERMISSIVE mesh: no caller goes back to plaintext', async () => {
    expect((await bench('PERMISSIVE')).said).toEqual(['+web', '+backend']);
  });

  it('are known at once when a STRICT mesh becomes PERMISSIVE', async () => {
    const { feed, readiness, said } = await bench('STRICT');
    expect(said).toEqual([]);
    feed.apply([{ op: 'put', resource: mesh('PERMISSIVE') }]);
    readiness.meshChanged('default');
    expect(said).toEqual(['+web', '+backend']);
  });

  it('are not while one of their proxies has no certificate of the CA that counts', async () => {
    const { feed, readiness, said, clock, bus } = await bench('PERMISSIVE');
    feed.apply([{ op: 'put', resource: dataplane('backend-2', 'backend') }]);
    readiness.meshChanged('default');
    clock.advance(1000);
    expect(said.slice(2)).toEqual(['-backend']);
    await certified(bus, 'backend-2');
    const saidNext = (): string[] => {
      clock.advance(1000);
      return said.slice(3);
    };
    await expect.poll(saidNext).toEqual(['+backend']);
  });

  it('are none of a mesh that is PERMISSIVE no longer', async () => {
    const { feed, readiness, said } = await bench('PERMISSIVE');
    feed.apply([{ op: 'put', resource: mesh('STRICT') }]);
    readiness.meshChanged('default');
    expect(said.slice(2)).toEqual(['-web', '-backend']);
  });
});

async function certified(bus: Bus, proxy: string, issuedBackend = 'ca-1'): Promise<void> {
  await (await bus.bucket(BUCKETS.observed.name)).put(bucketKey('Dataplane', 'default', proxy), { mTLS: { issuedBackend } });
}

function mesh(mode: string): Resource {
  return resource('Mesh', '', 'default', { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode }] } });
}

function dataplane(name: string, service = name): Resource {
  return resource('Dataplane', 'default', name, { networking: { address: '127.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': service } }] } });
}

function resource(type: string, meshName: string, name: string, spec: object): Resource {
  return { type, mesh: meshName, name, labels: {}, creationTime: '', modificationTime: '', version: 1, spec };
}
