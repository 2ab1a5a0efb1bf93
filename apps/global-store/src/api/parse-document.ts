import { MeshError, type Violation } from '@weft/kernel';
import type { ResourceType } from '@weft/resource-model';
import { parseJson } from '../http/parse-json.ts';
import type { WriteIntent } from '../admission/resource-writer.ts';

/** Meta fields of a document; what else stands at top level of an inline type is its spec. */
const META: ReadonlySet<string> = new Set(['type', 'mesh', 'name', 'labels', 'creationTime', 'modificationTime', 'kri']);

/** What the path of a request says. */
export interface Target {
  readonly type: ResourceType;
  /** Empty for global types. */
  readonly mesh: string;
  readonly name: string;
}

/**
 * Reads a resource document and holds it against the path. Throws `request/invalid` for broken JSON and
 * `resource/invalid` where path and document disagree or the document has the wrong shape.
 */
export function parseDocument(body: Buffer, target: Target): WriteIntent {
  const document = parseJson(body, `${target.type.name} object`);
  if (!isObject(document)) throw new MeshError('request/invalid', `invalid ${target.type.name} object: "a JSON object is expected"`);
  const violations = [...identityViolations(document, target), ...labelViolations(document['labels'])];
  if (violations.length > 0) throw new MeshError('resource/invalid', 'Resource is not valid', { violations });
  return { ...target, labels: (document['labels'] ?? {}) as Record<string, string>, spec: specOf(document, target.type) };
}

function identityViolations(document: Readonly<Record<string, unknown>>, { type, mesh, name }: Target): readonly Violation[] {
  const violations: Violation[] = [];
  if (document['type'] !== type.name) violations.push({ path: '', message: `type in body should be one of [${type.name}]` });
  if (document['name'] !== name) violations.push({ path: 'name', message: 'name from the URL has to be the same as in body' });
  if (type.scope === 'Mesh' && document['mesh'] !== mesh) violations.push({ path: 'mesh', message: 'mesh from the URL has to be the same as in body' });
  return violations;
}

function labelViolations(labels: unknown): readonly Violation[] {
  if (labels === undefined || labels === null) return [];
  if (!isObject(labels)) return [{ path: 'labels', message: 'must be an object with text values' }];
  return Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [] : [{ path: `labels["${key}"]`, message: 'must be text' }]));
}

function specOf(document: Readonly<Record<string, unknown>>, type: ResourceType): unknown {
  if (type.form === 'spec') return document['spec'] ?? {};
  return Object.fromEntries(Object.entries(document).filter(([field]) => !META.has(field)));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
