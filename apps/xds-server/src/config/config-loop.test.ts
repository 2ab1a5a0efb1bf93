import { createConfigEngine, type ProxyUpdate } from '@weft/config-pipeline';
import { client, dataplane, mesh, virtualIp } from '@weft/config-pipeline/testing';
import { FakeClock } from '@weft/kernel/testing';
import type { Change } from '@weft/resource-model';
import { describe, expect, it, vi } from 'vitest';
import { HandMadeEngine } from '../testing/hand-made-engine.ts';
import { ConfigLoop } from './config-loop.ts';

const change = (name: string): Change => ({ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name } });

/** An engine that writes down which changes came together, and can be told to fail. */
class RecordingEngine extends HandMadeEngine {
  readonly batches: string[][] = [];
  failOn: string | undefined;

  override apply(changes: readonly Change[] = []): void {
    const names = changes.map((one) => (one.op === 'put' ? one.resource.name : one.key.name));
    this.batches.push(names);
    if (this.failOn !== undefined && names.includes(this.failOn)) throw new Error('defect');
  }
}

function start(): { clock: FakeClock; engine: RecordingEngine; loop: ConfigLoop; delivered: ProxyUpdate[]; defects: unknown[] } {
  const clock = new FakeClock();
  const engine = new RecordingEngine();
  const delivered: ProxyUpdate[] = [];
  const defects: unknown[] = [];
  const loop = new ConfigLoop({ engine, clock, deliver: (update) => delivered.push(update), onDefect: (caught) => defects.push(caught) });
  return { clock, engine, loop, delivered, defects };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the config loop', () => {
  it('works on the first change at once, and merges those that follow closely', async () => {
    const { clock, engine, loop } = start();
    loop.apply([change('a')]);
    await settled();
    expect(engine.batches).toEqual([['a']]);
    for (const name of ['b', 'c']) loop.apply([change(name)]);
    await settled();
    expect(engine.batches).toEqual([['a']]);
    clock.advance(10);
    await settled();
    expect(engine.batches).toEqual([['a'], ['b', 'c']]);
  });

  it('never holds changes back for more than 100 ms, and forgets the churn after a quiet time', async () => {
    const { clock, engine, loop } = start();
    loop.apply([change('first')]);
    for (let round = 0; round < 8; round++) {
      await settled();
      loop.apply([change(`r${round}`)]);
      clock.advance(100);
    }
    await settled();
    expect(engine.batches).toHaveLength(9);
    clock.advance(200);
    loop.apply([change('after')]);
    await settled();
    expect(engine.batches.at(-1)).toEqual(['after']);
  });

  it('does not let a connecting proxy wait for the hold-off', async () => {
    const { engine, loop, delivered } = start();
    loop.apply([change('a')]);
    await settled();
    engine.set({ mesh: 'default', name: 'p' }, undefined);
    loop.connect({ key: { mesh: 'default', name: 'p' }, features: new Set(), admin: undefined, readinessPort: undefined, dnsPort: undefined, workdir: '', ipv6Enabled: false, transparentProxy: undefined });
    await vi.waitFor(() => expect(delivered).toHaveLength(1), { timeout: 20_000 });
  });

  it('goes on after a defect', async () => {
    const { clock, engine, loop, defects } = start();
    engine.failOn = 'bad';
    loop.apply([change('bad')]);
    await settled();
    expect(defects).toHaveLength(1);
    clock.advance(100);
    loop.apply([change('good')]);
    await settled();
    expect(engine.batches.at(-1)).toEqual(['good']);
  });

  it('brings a large group to its end while names come without a pause', async () => {
    const services = 300;
    const clock = new FakeClock();
    const engine = createConfigEngine();
    let changes = 0;
    const configs: ProxyUpdate[] = [];
    const loop: ConfigLoop = new ConfigLoop({
      engine, clock, onDefect: (caught) => { throw caught; },
      deliver: (update) => {
        // Another name after each step: whoever applies it at once begins anew each time.
        if (changes < 200) loop.apply([{ op: 'put', resource: virtualIp(`241.0.0.${++changes}`, 'svc-0') }]);
        clock.advance(100);
        if (update.config !== undefined) configs.push(update);
      },
    });
    loop.load([
      mesh('STRICT'), ...Array.from({ length: services }, (_, index) => virtualIp(`240.0.${index >> 8}.${index & 255}`, `svc-${index}`)),
      ...Array.from({ length: services }, (_, index) => dataplane({ name: `dp-${index}`, address: `10.1.${index >> 8}.${index & 255}`, service: `svc-${index}`, redirected: true })),
    ]);
    loop.connect(client('dp-7'));
    await vi.waitFor(() => expect(configs).not.toEqual([]), { timeout: 60_000 });
    expect(changes).toBeLessThan(200);
    loop.stop();
  });
});
