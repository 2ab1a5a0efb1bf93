import type { Change, Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { concerns } from './concerns.ts';
import { PreviewTurns } from './preview-turns.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const made = (type: string, name: string, spec: unknown): Resource => ({ type, name, mesh: 'default', labels: {}, creationTime: TIME, modificationTime: TIME, version: 1, spec });
const dataplane = (name: string): Resource => made('Dataplane', name, { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': name } }] } });
const timeout = (service: string): Resource => made('MeshTimeout', 'one', { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': service } }, to: [{ targetRef: { kind: 'Mesh' }, default: { idleTimeout: '1s' } }] });
const route = (service: string): Resource => made('MeshHTTPRoute', 'way', { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': service } }, to: [] });

describe('whom changes concern', () => {
  const PROXIES = ['a', 'b', 'c', 'gone'];
  const concerned = (resources: readonly Resource[], ...changes: readonly Change[]): readonly string[] => {
    const isConcerned = concerns(changes, { resources: [...['a', 'b', 'c'].map(dataplane), ...resources] });
    return PROXIES.filter((name) => isConcerned({ mesh: 'default', name }));
  };

  it('whom a policy selects, or selected before, or no longer selects', () => {
    expect(concerned([], { op: 'put', resource: timeout('a') })).toEqual(['a']);
    expect(concerned([timeout('b')], { op: 'put', resource: timeout('a') })).toEqual(['a', 'b']);
    expect(concerned([timeout('b')], { op: 'delete', key: timeout('b') })).toEqual(['b']);
  });

  it('whom the route selects that a policy is about', () => {
    const onRoute = made('MeshTimeout', 'one', { targetRef: { kind: 'MeshHTTPRoute', name: 'way' }, to: [] });
    expect(concerned([route('c')], { op: 'put', resource: onRoute })).toEqual(['c']);
  });

  it('everybody, where it is a route or no policy', () => {
    for (const resource of [route('a'), dataplane('a')]) expect(concerned([], { op: 'put', resource }, { op: 'put', resource: timeout('b') })).toEqual(PROXIES);
  });
});

describe('turns', () => {
  it('run one after the other, a failed one too, and turn away who would wait too long', async () => {
    const turns = new PreviewTurns();
    const log: string[] = [];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const first = turns.take(async () => {
      await gate;
      log.push('first');
      throw new Error('no');
    });
    const others = [1, 2].map((number) => turns.take(async () => log.push(`other ${number}`)));
    await expect(turns.take(async () => log.push('late'))).rejects.toMatchObject({ code: 'bus/unavailable' });
    open();
    await expect(first).rejects.toThrow('no');
    await Promise.all(others);
    expect(log).toEqual(['first', 'other 1', 'other 2']);
    await turns.take(async () => log.push('again'));
    expect(log.at(-1)).toBe('again');
  });
});
