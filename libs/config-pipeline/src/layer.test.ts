import { describe, expect, it } from 'vitest';
import type { XdsType } from '@weft/xds-core';
import { finishLayer } from './layer.ts';
import type { Reference } from './references.ts';
import type { BuiltUnit } from './resource-factory.ts';

const nothing = () => false;

function unit(id: string, names: readonly string[], references: readonly Reference[] = [], version = '1'): BuiltUnit {
  const resources = names.map((name) => {
    const [type = '', rest = ''] = name.split(' ');
    return { type: type as XdsType, name: rest, version, body: new Uint8Array() };
  });
  return { id, key: `${id} ${version}`, resources, references, problem: undefined };
}

describe('finishLayer', () => {
  it('refuses a second resource of one name, and takes the same resource twice', () => {
    const first = unit('a', ['rds r']);
    const other = unit('b', ['lds l', 'rds r']);
    const same = { ...unit('c', ['lds k']), resources: first.resources };
    const { layer, problems } = finishLayer([first, other, same], new Map(), nothing);
    expect([...layer.rds.values()]).toEqual(first.resources);
    expect(layer.lds.size).toBe(0);
    expect(problems).toEqual([{ resource: 'b', reason: 'rds r exists already with other content' }]);
  });

  it('keeps the last good version of what refers to something missing', () => {
    const good = unit('listener', ['lds l']);
    const bad = unit('listener', ['lds l'], [{ type: 'rds', name: 'gone' }], '2');
    const { layer, problems } = finishLayer([bad], new Map([['listener', good]]), nothing);
    expect(layer.lds.get('l')?.version).toBe('1');
    expect(problems).toEqual([{ resource: 'listener', reason: 'refers to rds gone, which does not exist' }]);
  });

  it('drops what depends on something dropped, unless it is offered outside', () => {
    const cluster = { ...unit('cluster', []), problem: 'too large' };
    const routes = unit('routes', ['rds r'], [{ type: 'cds', name: 'c' }]);
    const listener = unit('listener', ['lds l'], [{ type: 'rds', name: 'r' }]);
    expect(finishLayer([cluster, routes, listener], new Map(), nothing).good.size).toBe(0);
    expect([...finishLayer([cluster, routes, listener], new Map(), (type) => type === 'cds').good.keys()]).toEqual(['routes', 'listener']);
  });
});
