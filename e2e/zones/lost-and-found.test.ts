import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestMesh } from '../harness/test-mesh.ts';
import { TestZones, type TestZone } from '../harness/zones.ts';

const LATER = { timeout: 90_000, interval: 200 };

interface Item {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly networking?: { readonly address: string };
}

/** Display name to content of what a control plane has. */
type State = Readonly<Record<string, string | undefined>>;

/** Writes without a pause while control planes go and come; remembers what was acknowledged, and what may have been. */
class Writer {
  readonly acknowledged = new Map<string, string | undefined>();
  readonly #plane: TestMesh;
  readonly #write: (name: string, content: number | undefined) => Promise<void>;
  #running = true;
  readonly #done: Promise<void>;

  constructor(plane: TestMesh, write: (plane: TestMesh, name: string, content: number | undefined) => Promise<void>) {
    this.#plane = plane;
    this.#write = (name, content) => write(this.#plane, name, content);
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #run(): Promise<void> {
    for (let count = 0; this.#running; count++) {
      const name = `w-${count % 12}`;
      const content = count % 5 === 4 ? undefined : 1 + (count % 200);
      await this.#until(() => this.#write(name, content));
      this.acknowledged.set(name, content === undefined ? undefined : String(content));
    }
  }

  /** Each write is repeated until it is acknowledged, so the last one of a name is what must be found. */
  async #until(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

describe('control planes that go and come while writes go on', () => {
  let zones: TestZones;
  let east: TestZone;
  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east'], mtls: 'off' });
    east = zones.zone('east');
  });
  afterAll(() => zones.close());

  const policies = async (plane: TestMesh): Promise<State> => stateOf(plane, 'meshtimeouts', ({ labels }) => labels?.['content']);
  const dataplanes = async (plane: TestMesh): Promise<State> => stateOf(plane, 'dataplanes', ({ networking }) => networking?.address.split('.').at(-1));

  it('no acknowledged write is lost, and both have the same in the end', async () => {
    const above = new Writer(zones.global, async (plane, name, content) => {
      if (content === undefined) await plane.delete('MeshTimeout', name);
      else await plane.put(policy(name, content));
    });
    const below = new Writer(east.plane, async (plane, name, content) => {
      if (content === undefined) await plane.delete('Dataplane', name);
      else await plane.put({ type: 'Dataplane', name, networking: { address: `10.0.0.${content}`, inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } });
    });
    east.link.cut();
    east.link.heal();
    await zones.global.restartPlane();
    await east.plane.restartPlane();
    east.link.cut();
    await zones.global.restartPlane();
    east.link.heal();
    await Promise.all([above.stop(), below.stop()]);
    const [wanted, own] = [present(above.acknowledged), present(below.acknowledged)];
    expect(await policies(zones.global)).toEqual(wanted);
    expect(await dataplanes(east.plane)).toEqual(own);
    await expect.poll(() => policies(east.plane), LATER).toEqual(wanted);
    await expect.poll(() => dataplanes(zones.global), LATER).toEqual(own);
  });

  it('after a cut only the differences cross the link', async () => {
    for (let at = 0; at < 60; at++) await zones.global.put(policy(`bulk-${at}`, at));
    await expect.poll(async () => Object.keys(await policies(east.plane)).filter((name) => name.startsWith('bulk-')).length, LATER).toBe(60);
    const bytes = async (change: () => Promise<void>, arrived: () => Promise<boolean>): Promise<number> => {
      east.link.cut();
      const before = east.link.bytes;
      await change();
      east.link.heal();
      await expect.poll(arrived, LATER).toBe(true);
      return east.link.bytes - before;
    };
    const one = await bytes(() => zones.global.put(policy('bulk-1', 500)), async () => (await policies(east.plane))['bulk-1'] === '500');
    const all = await bytes(async () => {
      for (let at = 0; at < 60; at++) await zones.global.put(policy(`bulk-${at}`, 600 + at));
    }, async () => (await policies(east.plane))['bulk-59'] === '659' && (await policies(east.plane))['bulk-0'] === '600');
    // What both have in common: handshakes, and the versions that the zone names.
    expect(all - one).toBeGreaterThan(5_000);
  });

  it('a link on which nothing comes through any more is noticed, and made anew', async () => {
    east.link.freeze();
    await zones.global.put(policy('behind-ice', 77));
    east.link.healNew();
    await expect.poll(async () => (await policies(east.plane))['behind-ice'], LATER).toBe('77');
  });
});

function policy(name: string, content: number): Parameters<TestMesh['put']>[0] {
  return { type: 'MeshTimeout', name, labels: { content: String(content) }, spec: { targetRef: { kind: 'Mesh' }, rules: [{ default: { connectionTimeout: '3s' } }] } };
}

/** Of what a control plane has under its own or its display name, only what the tests made. */
async function stateOf(plane: TestMesh, path: string, content: (item: Item) => string | undefined): Promise<State> {
  const { items } = (await plane.api.getJson(`/meshes/default/${path}?size=1000`)) as unknown as { readonly items: readonly Item[] };
  return Object.fromEntries(items.map((item) => [item.labels?.['kuma.io/display-name'] ?? item.name, content(item)] as const).filter(([name]) => /^(w|bulk)-|behind-ice/.test(name)).sort());
}

function present(written: ReadonlyMap<string, string | undefined>): State {
  return Object.fromEntries([...written].filter(([, content]) => content !== undefined).sort());
}
