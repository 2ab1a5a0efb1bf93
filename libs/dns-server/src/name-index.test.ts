import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameIndex } from './name-index.ts';

function index(names: Readonly<Record<string, readonly string[]>>, domains = ['mesh', 'mesh.local', 'svc.mesh.local']): NameIndex {
  const made = new NameIndex({ ttl: 30, negativeTtl: 5 });
  for (const [name, addresses] of Object.entries(names)) made.set(name, addresses);
  made.setDomains(domains);
  return made.complete();
}

describe('NameIndex', () => {
  it('knows which names are there, which are not, and which are the world\'s', () => {
    const names = index({ 'Web.mesh.': ['240.0.0.0'], 'api.ns.svc.mesh.local': ['241.0.0.0'], 'outside.example.com': ['242.0.0.0'] });
    const kinds = Object.fromEntries(['web.mesh', 'mesh', 'b.web.mesh', 'ns.svc.mesh.local', 'x.svc.mesh.local', 'mesh.local', 'outside.example.com', 'example.com', 'amesh', ''].map((name) => [name, names.lookup(name).kind]));
    expect(kinds).toEqual({
      'web.mesh': 'found', 'mesh': 'empty', 'b.web.mesh': 'absent', 'ns.svc.mesh.local': 'empty', 'x.svc.mesh.local': 'absent', 'mesh.local': 'empty',
      'outside.example.com': 'found', 'example.com': 'elsewhere', 'amesh': 'elsewhere', '': 'elsewhere',
    });
    expect(names.lookup('x.svc.mesh.local')).toMatchObject({ zone: { name: 'svc.mesh.local', negativeTtl: 5 } });
  });

  it('calls nothing absent before all names are there', () => {
    const names = new NameIndex({ ttl: 30, negativeTtl: 5 });
    names.setDomains(['mesh']);
    names.set('web.mesh', ['240.0.0.0']);
    expect(['web.mesh', 'db.mesh', 'mesh', 'example.com'].map((name) => names.lookup(name).kind)).toEqual(['found', 'unready', 'unready', 'elsewhere']);
  });

  it('is after any changes as if it were made anew', () => {
    const name = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join('.')}.mesh`);
    fc.assert(fc.property(fc.array(fc.tuple(name, fc.boolean()), { maxLength: 30 }), (changes) => {
      const changed = index({});
      const wanted: Record<string, readonly string[]> = {};
      for (const [key, present] of changes) {
        if (present) { changed.set(key, [key]); wanted[key] = [key]; }
        else { changed.delete(key); Reflect.deleteProperty(wanted, key); }
      }
      const fresh = index(wanted);
      for (const asked of ['mesh', ...changes.map(([key]) => key), 'a.mesh', 'b.a.mesh']) expect(changed.lookup(asked)).toEqual(fresh.lookup(asked));
    }));
  });
});
