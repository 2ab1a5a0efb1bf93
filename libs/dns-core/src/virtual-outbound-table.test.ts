import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVirtualOutbound, VirtualOutboundTable, type Tags, type VirtualOutbound } from './index.ts';

const tags = (service: string, more: Tags = {}): Tags => ({ 'kuma.io/service': service, ...more });
const outbound = (name: string, host: string, port = '80', options: { readonly match?: Tags; readonly parameters?: readonly { name: string; tagKey?: string }[] } = {}): VirtualOutbound =>
  readVirtualOutbound(name, { selectors: [{ match: options.match ?? {} }], conf: { host, port, parameters: options.parameters ?? [{ name: 'service', tagKey: 'kuma.io/service' }, { name: 'version' }] } });

describe('VirtualOutbounds of a mesh', () => {
  it('name what they select; a parameter without tagKey reads the tag of its own name; other tags do not count', () => {
    const table = new VirtualOutboundTable();
    table.setSource('a', [tags('web', { version: 'v1', zone: 'east' }), tags('web', { version: 'v2' })]);
    table.setSource('b', [tags('db', { version: 'v1' })]);
    expect([...table.setOutbound('vo', outbound('vo', '{{.version}}.{{.service}}.Mesh', '{{ "8080" }}', { match: { 'kuma.io/service': 'web', version: '*' } }))]).toEqual(['v1.web.mesh', 'v2.web.mesh']);
    expect(table.ports).toEqual([
      { host: 'v1.web.mesh', port: 8080, tags: { 'kuma.io/service': 'web', version: 'v1' }, origin: 'vo' },
      { host: 'v2.web.mesh', port: 8080, tags: { 'kuma.io/service': 'web', version: 'v2' }, origin: 'vo' },
    ]);
  });

  it.each([
    ['{{.version}}.mesh', '80', 'conf.host: there is no field .version'],
    ['a b', '80', 'conf.host: "a b" is no valid DNS name'],
    ['{{.service}}.mesh', '{{.service}}', 'conf.port: "web" is no port from 1 to 65535'],
    ['{{.service}}.mesh', '65536', 'conf.port: "65536" is no port'],
  ])('skip a service where %s or %s fails, and say why', (host, port, reason) => {
    const table = new VirtualOutboundTable();
    table.setSource('a', [tags('web'), tags('web', { other: 'x' })]);
    table.setOutbound('vo', outbound('vo', host, port));
    expect(table.ports).toEqual([]);
    expect(table.problems).toMatchObject([{ origin: 'vo', service: 'web', reason: expect.stringContaining(reason) as unknown }]);
    table.setSource('a', []);
    expect(table.problems).toEqual([]);
  });

  it('of two for one place, the first by name has it; the other is told, and has it when the first is gone', () => {
    const table = new VirtualOutboundTable();
    table.setSource('a', [tags('web'), tags('db')]);
    table.setOutbound('b', outbound('b', 'one.mesh', '80', { match: tags('db') }));
    expect([...table.setOutbound('a', outbound('a', 'one.mesh', '80', { match: tags('web') }))]).toEqual(['one.mesh']);
    expect(table.ports).toMatchObject([{ tags: tags('web'), origin: 'a' }]);
    expect(table.problems).toEqual([{ origin: 'b', service: 'db', reason: 'one.mesh:80 belongs to service "web" by VirtualOutbound "a"' }]);
    table.setOutbound('a', undefined);
    expect(table.ports).toMatchObject([{ tags: tags('db') }]);
    expect(table.problems).toEqual([]);
  });

  it('one more inbound of known tags changes nothing', () => {
    const table = new VirtualOutboundTable();
    table.setOutbound('vo', outbound('vo', '{{.service}}.x'));
    expect([...table.setSource('a', [tags('web')])]).toEqual(['web.x']);
    expect([...table.setSource('b', [tags('web')])]).toEqual([]);
    expect([...table.setSource('a', [])]).toEqual([]);
    expect([...table.setSource('b', [])]).toEqual(['web.x']);
    expect(table.has('web.x')).toBe(false);
  });

  it('the same resources give the same table, whatever happened before', () => {
    const someTags = fc.record({ 'kuma.io/service': fc.constantFrom('a', 'b', 'c'), version: fc.constantFrom('v1', 'v2') }, { requiredKeys: ['kuma.io/service'] });
    const someOutbound = fc.record({ host: fc.constantFrom('{{.service}}.x', '{{.version}}.x', 'one.x', 'bad name'), port: fc.constantFrom('80', '81', '{{.version}}') });
    const name = fc.constantFrom('p', 'q', 'r');
    const change = fc.oneof(fc.record({ name, tags: fc.array(someTags, { maxLength: 3 }) }), fc.record({ name, outbound: fc.option(someOutbound, { nil: undefined }) }));
    fc.assert(fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const [live, fresh] = [new VirtualOutboundTable(), new VirtualOutboundTable()];
      const [sources, outbounds] = [new Map<string, readonly Tags[]>(), new Map<string, VirtualOutbound | undefined>()];
      for (const entry of changes) {
        if ('tags' in entry) {
          sources.set(entry.name, entry.tags);
          live.setSource(entry.name, entry.tags);
        } else {
          const made = entry.outbound && outbound(entry.name, entry.outbound.host, entry.outbound.port);
          outbounds.set(entry.name, made);
          live.setOutbound(entry.name, made);
        }
      }
      for (const [key, made] of outbounds) fresh.setOutbound(key, made);
      for (const [key, list] of sources) fresh.setSource(key, list);
      expect({ ports: live.ports, problems: live.problems }).toEqual({ ports: fresh.ports, problems: fresh.problems });
    }));
  });
});
