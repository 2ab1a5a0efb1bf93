import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { SplitPlane } from './split-plane.ts';

const EACH = 40;

let plane: SplitPlane;

beforeAll(async () => {
  plane = await SplitPlane.start();
  await plane.startPart('secondDns');
  await plane.api('PUT', '/meshes/shop', { type: 'Mesh', name: 'shop' });
});

afterAll(async () => {
  await plane.close();
});

afterEach((context) => {
  if (context.task.result?.state === 'fail') process.stderr.write(plane.output);
});

/** Writes MeshServices `<prefix>0` and on. */
async function services(prefix: string): Promise<void> {
  await Promise.all(Array.from({ length: EACH }, async (_, at) => {
    const { status } = await plane.api('PUT', `/meshes/shop/meshservices/${prefix}${at}`, { type: 'MeshService', mesh: 'shop', name: `${prefix}${at}`, spec: { ports: [{ port: 80 }] } });
    expect(status).toBeLessThan(300);
  }));
}

interface Shown {
  readonly name: string;
  readonly status?: { readonly vips?: readonly { readonly ip: string }[]; readonly addresses?: readonly { readonly hostname: string }[] };
}

/** Address and name of each service that has both. */
async function given(): Promise<Map<string, string>> {
  const { json } = await plane.api('GET', '/meshes/shop/meshservices?size=1000');
  const items = (json['items'] ?? []) as readonly Shown[];
  return new Map(items.flatMap(({ name, status }) => {
    const [ip, hostname] = [status?.vips?.[0]?.ip, status?.addresses?.[0]?.hostname];
    return ip === undefined || hostname === undefined ? [] : [[name, `${hostname} ${ip}`] as const];
  }));
}

const allHave = (count: number): Promise<void> => vi.waitFor(async () => expect((await given()).size).toBe(count), { timeout: 40_000, interval: 100 });

test('of two resolvers one is killed while it gives addresses: the other goes on, and nobody has an address twice or another one', async () => {
  await services('a');
  await allHave(EACH);
  const before = await given();
  const more = services('b');
  await plane.killPart('ca');
  await more;
  await allHave(2 * EACH);
  await plane.startPart('ca');
  await plane.killPart('secondDns');
  await services('c');
  await allHave(3 * EACH);
  const after = await given();
  expect(new Set([...after.values()].map((text) => text.split(' ')[1])).size).toBe(3 * EACH);
  for (const [name, text] of before) expect(after.get(name)).toBe(text);
});
