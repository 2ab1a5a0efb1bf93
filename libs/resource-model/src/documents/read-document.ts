import { err, ok, type Result, type Violation } from '@weft/kernel';
import type { Resource } from '../resource.ts';
import type { ResourceType } from '../resource-type.ts';
import { isObject } from '../validation/conform.ts';

/** A REST document read as a resource, and its top-level fields that belong to neither meta nor content. */
export interface ReadDocument {
  /** The spec is as the writer gave it, unchecked. Version is 0; times are empty where the document has none. */
  readonly resource: Resource;
  readonly unknownFields: readonly string[];
}

const META = new Set(['type', 'mesh', 'name', 'creationTime', 'modificationTime', 'labels', 'kri']);
const BESIDE_SPEC = new Set([...META, 'spec', 'status', 'snis']);

/** Parts a document into meta and content, by the form of its type. `status`, `snis` and `kri` are the control plane's: dropped. */
export function readDocument(type: ResourceType, document: unknown): Result<ReadDocument, readonly Violation[]> {
  if (!isObject(document)) return err([{ path: '', message: `a ${type.name} is an object with type and name` }]);
  const violations = metaViolations(type, document);
  if (violations.length > 0) return err(violations);
  const inline = type.form === 'inline';
  const rest = Object.entries(document).filter(([key]) => !(inline ? META : BESIDE_SPEC).has(key));
  const resource: Resource = {
    type: type.name,
    mesh: type.scope === 'Mesh' ? textOf(document['mesh']) : '',
    name: textOf(document['name']),
    labels: (document['labels'] ?? {}) as Record<string, string>,
    creationTime: textOf(document['creationTime']),
    modificationTime: textOf(document['modificationTime']),
    version: 0,
    spec: inline ? Object.fromEntries(rest) : document['spec'],
  };
  return ok({ resource, unknownFields: inline ? [] : rest.map(([key]) => key) });
}

function metaViolations(type: ResourceType, document: Record<string, unknown>): readonly Violation[] {
  if (document['type'] !== type.name) return [{ path: '', message: `type in body should be one of [${type.name}]` }];
  const texts = ['mesh', 'name', 'creationTime', 'modificationTime'].filter((key) => !isText(document[key]));
  const labels = document['labels'] ?? {};
  return [
    ...texts.map((key) => ({ path: key, message: 'in body must be of type string' })),
    ...(isObject(labels) ? badLabels(labels) : [{ path: 'labels', message: 'in body must be of type object' }]),
  ];
}

function badLabels(labels: Record<string, unknown>): readonly Violation[] {
  return Object.entries(labels)
    .filter(([, value]) => typeof value !== 'string')
    .map(([key]) => ({ path: `labels["${key}"]`, message: 'in body must be of type string' }));
}

function isText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
