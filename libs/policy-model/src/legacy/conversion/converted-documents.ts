import type { TargetRef } from '../../target-ref/schema.ts';
import { convertLegacy } from './convert-legacy.ts';
import { plain, plains, textOf, type ConvertedPart, type Plain } from './conversion.ts';
import { identityMatches, selectorRef } from './selector-ref.ts';
import { SAME_SERVICE } from './traffic-route.ts';

/** A policy of the first generation as policies with a targetRef, as REST documents. */
export interface ConvertedDocuments {
  readonly documents: readonly Plain[];
  /** What could not be said in the same way, for people. */
  readonly notes: readonly string[];
}

/** A document that is about whom, before it has a name. */
interface Sketch {
  readonly type: string;
  readonly spec: Plain;
}

const NEED_MESH: readonly string[] = ['TrafficLog', 'TrafficTrace'];
const ROUTES: readonly string[] = ['MeshHTTPRoute', 'MeshTCPRoute'];

/**
 * Writes a policy of the first generation as the policies that stand for it; undefined for types that have none. They keep its
 * mesh and name; where there are several of a type, a number follows the name. `mesh`: spec of the Mesh, for its backends.
 */
export function convertedDocuments(document: Plain, mesh?: unknown): ConvertedDocuments | undefined {
  const conversion = convertLegacy(String(document['type']), document, mesh);
  if (conversion === undefined) return undefined;
  const notes = [...conversion.notes, ...(NEED_MESH.includes(String(document['type'])) && mesh === undefined ? ['the Mesh that names its backend is not among the input: nothing is printed'] : [])];
  const sketches = conversion.parts.flatMap((part) => sketchesOf(part, document, notes));
  const documents = sketches.map(({ type, spec }, index) => {
    const several = sketches.filter((other) => other.type === type).length > 1;
    const number = sketches.slice(0, index + 1).filter((other) => other.type === type).length;
    return { type, mesh: document['mesh'] ?? 'default', name: several ? `${String(document['name'])}-${number}` : document['name'], spec };
  });
  return { documents, notes: [...new Set(notes)] };
}

function sketchesOf(part: ConvertedPart, document: Plain, notes: string[]): Sketch[] {
  const sources = refsOf(document['sources'] ?? document['selectors'], notes);
  const destinations = refsOf(document['destinations'], notes);
  switch (part.place) {
    case 'proxy': return sources.map((targetRef) => ({ type: part.type, spec: { targetRef, default: part.conf } }));
    case 'from': return destinations.map((targetRef) => ({ type: part.type, spec: { targetRef, from: sources.map((source) => ({ targetRef: source, default: part.conf })) } }));
    case 'callers': return destinations.map((targetRef) => ({ type: part.type, spec: { targetRef: sidecarsOnly(targetRef), ...callers(part, document, { sources, notes }) } }));
    case 'to': {
      const to = destinations.flatMap((targetRef) => entryOf(part, targetRef, notes));
      return to.length === 0 ? [] : sources.map((targetRef) => ({ type: part.type, spec: { targetRef, to } }));
    }
  }
}

/** What is about callers may not be about gateways. */
function sidecarsOnly(targetRef: TargetRef): TargetRef {
  return targetRef.kind === 'Mesh' || targetRef.kind === 'MeshSubset' ? { ...targetRef, proxyTypes: ['Sidecar'] } : targetRef;
}

function callers({ conf, byIdentity }: ConvertedPart, document: Plain, { sources, notes }: { readonly sources: readonly TargetRef[]; readonly notes: string[] }): Plain {
  if (byIdentity === undefined) return { from: sources.map((targetRef) => ({ targetRef, default: conf })) };
  return {
    rules: sources.flatMap((source) => {
      const matches = identityMatches(source, textOf(document['mesh']) ?? 'default');
      if (matches === undefined) notes.push('callers are told apart by service only: a source with other tags is left out');
      return matches === undefined ? [] : [{ ...(matches.length > 0 && { matches }), default: conf }];
    }),
  };
}

function entryOf({ type, conf }: ConvertedPart, targetRef: TargetRef, notes: string[]): Plain[] {
  if (!ROUTES.includes(type)) return [{ targetRef, default: conf }];
  if (targetRef.kind === 'Mesh') {
    // One that only leads each service to itself says what holds anyway.
    if (plains(conf['rules']).some((rule) => Object.keys(plain(rule['default'])).length > 0)) notes.push(`${type}: a route is about one service, the destination * is dropped: write one for each service`);
    return [];
  }
  return [{ targetRef, rules: plains(conf['rules']).map((rule) => ({ ...rule, default: withService(plain(rule['default']), targetRef.name) })) }];
}

function withService(conf: Plain, name: string | undefined): Plain {
  if (conf['backendRefs'] === undefined) return conf;
  return { ...conf, backendRefs: plains(conf['backendRefs']).map((ref) => (ref['name'] === SAME_SERVICE ? { ...ref, name } : ref)) };
}

/** What a selector without a service and with `*` means cannot be said: it is left out rather than widened. */
function refsOf(selectors: unknown, notes: string[]): TargetRef[] {
  return plains(selectors).flatMap(({ match }) => {
    const tags = Object.fromEntries(Object.entries(plain(match)).map(([key, value]) => [key, String(value)]));
    const ref = selectorRef(tags);
    const open = Object.entries(ref.kind === 'MeshSubset' ? ref.tags ?? {} : {}).find(([, value]) => value === '*');
    if (open === undefined) return [ref];
    notes.push(`a selector with ${open[0]}: '*' needs a service today, it is left out`);
    return [];
  });
}
