import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WholePlane, type NodeMetadata, type TestResource } from './testing/whole-plane.ts';

const recorded = JSON.parse(readFileSync(new URL('../testdata/recorded-proxies.json', import.meta.url), 'utf8')) as Readonly<Record<string, NodeMetadata>>;

/** The node of the recorded proxy `web-1` as an agent of another version has it. */
function agent(name: string, version: string, changes: NodeMetadata): NodeMetadata {
  const resource = JSON.parse(recorded['web-1']?.['dataplane.resource'] as string) as object;
  return { ...recorded['web-1'], 'dataplane.resource': JSON.stringify({ ...resource, name }), version: { kumaDp: { version }, envoy: { version: '1.39.3' } }, ...changes };
}

interface Listener {
  readonly enableReusePort?: boolean;
}

describe('agents of another version', () => {
  let plane: WholePlane;
  beforeAll(async () => {
    plane = await WholePlane.start();
    await plane.put({ type: 'Mesh', name: 'default', mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } } as TestResource);
  });
  afterAll(() => plane.close());

  const overview = async (name: string): Promise<unknown> => plane.get(`/meshes/default/dataplanes/${name}/_overview`);
  const listeners = async (name: string): Promise<readonly (readonly [string, Listener])[]> => {
    const config = async (): Promise<{ xds?: Readonly<Record<string, Readonly<Record<string, Listener>>>> }> => plane.get(`/meshes/default/dataplanes/${name}/_config`);
    // The control plane hears of a connection a moment after the proxy has its listeners.
    await expect.poll(config).toHaveProperty('xds');
    return Object.entries((await config()).xds?.['type.googleapis.com/envoy.config.listener.v3.Listener'] ?? {});
  };
  const version = (value: string, kumaCpCompatible: boolean): object => ({ dataplaneInsight: { subscriptions: [{ version: { kumaDp: { version: value, kumaCpCompatible } } }] } });

  it('one that announces no feature is served what it understands', async () => {
    const proxy = await plane.connect('old-1', agent('old-1', '2.12.4', { features: [] }));
    await expect.poll(() => Object.keys(proxy.envoy.held('lds'))).toContain('inbound:10.0.0.3:8080');
    await expect.poll(() => overview('old-1')).toMatchObject(version('2.12.4', true));
    expect((await listeners('old-1')).map(([, { enableReusePort }]) => enableReusePort ?? false)).not.toContain(true);
  });

  it('one of today has what it announces', async () => {
    const proxy = await plane.connect('today-1', agent('today-1', '2.14.3', {}));
    await expect.poll(() => Object.keys(proxy.envoy.held('lds'))).toContain('inbound:10.0.0.3:8080');
    expect((await listeners('today-1')).find(([name]) => name.startsWith('inbound:'))?.[1].enableReusePort).toBe(true);
  });

  it('one of tomorrow is served; features and fields that nobody knows yet change nothing', async () => {
    const features = [...recorded['web-1']?.['features'] as string[], 'feature-of-tomorrow'];
    const proxy = await plane.connect('new-1', agent('new-1', '2.15.0-preview', { features, 'dataplane.tomorrow': { a: [1, null, { b: true }] } }));
    await expect.poll(() => Object.keys(proxy.envoy.held('lds'))).toContain('inbound:10.0.0.3:8080');
    await expect.poll(() => overview('new-1')).toMatchObject(version('2.15.0-preview', true));
    expect(await listeners('new-1')).toEqual(await listeners('today-1'));
  });

  it('one far away is served too, and what is known of it says that it does not fit', async () => {
    const proxy = await plane.connect('far-1', agent('far-1', '1.8.0', { features: [] }));
    await expect.poll(() => Object.keys(proxy.envoy.held('lds'))).toContain('inbound:10.0.0.3:8080');
    await expect.poll(() => overview('far-1')).toMatchObject(version('1.8.0', false));
  });

  it('one that says nothing of itself is served', async () => {
    const proxy = await plane.connect('mute-1', { 'dataplane.resource': agent('mute-1', '', {})['dataplane.resource'] as string });
    await expect.poll(() => Object.keys(proxy.envoy.held('lds'))).toContain('inbound:10.0.0.3:8080');
  });
});
