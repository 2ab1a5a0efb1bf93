import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { appNetwork } from './place.ts';
import { dataplane, permissions } from './resources.ts';
import { ALLOWED, FORBIDDEN, INSTANCES, targetsOf } from './topology.ts';

describe('the shop', () => {
  it('gives every instance a name and an address of its own', () => {
    expect(new Set(INSTANCES.map((one) => one.name)).size).toBe(INSTANCES.length);
    expect(new Set(INSTANCES.map((one) => one.host)).size).toBe(INSTANCES.length);
  });

  it('permits exactly the pairs that are meant to talk', () => {
    const granted = permissions().flatMap((resource) => {
      const spec = resource['spec'] as { targetRef: { tags: Record<string, string> }; from: { targetRef: { tags: Record<string, string> } }[] };
      return spec.from.map((from) => `${from.targetRef.tags['kuma.io/service'] ?? ''} ${spec.targetRef.tags['kuma.io/service'] ?? ''}`);
    });
    expect(granted.sort()).toEqual(ALLOWED.map((pair) => pair.join(' ')).sort());
    for (const pair of FORBIDDEN) expect(granted).not.toContain(pair.join(' '));
  });

  it('gives a dataplane an outbound for each workload that it calls, forbidden ones too', () => {
    const reviews = INSTANCES.find((one) => one.workload === 'reviews')!;
    const networking = dataplane(reviews, { address: '127.0.1.8', redirected: false })['networking'] as { address: string; outbound: { tags: Record<string, string> }[] };
    expect(networking.address).toBe('127.0.1.8');
    expect(networking.outbound.map((one) => one.tags['kuma.io/service'])).toEqual(targetsOf('reviews'));
  });

  it('declares no outbound under redirection, and has its apps call by name', () => {
    const web = INSTANCES.find((one) => one.workload === 'web')!;
    const place = { address: '198.18.0.2', redirected: true };
    expect(dataplane(web, place)['networking']).toEqual({ address: '198.18.0.2', inbound: [{ port: 10_080, tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }] });
    expect(appNetwork(web, place)).toMatchObject({ listen: { host: '198.18.0.2', port: 10_080 }, targets: { catalogue: { host: 'catalogue.mesh', port: 80 } } });
  });

  it('has files to try that speak of its own mesh', () => {
    const folder = new URL('../../try/', import.meta.url);
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(readFileSync(new URL(file, folder), 'utf8')).toContain('mesh: shop\n');
  });
});
