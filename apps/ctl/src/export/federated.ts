import type { Document } from '@weft/api-client';
import { deep, textOf } from '../checks/check.ts';

/** CAs that belong to one control plane only. */
const OWN_CAS = new Set(['envoy-admin-ca', 'inter-cp-ca']);

const ORIGIN = 'kuma.io/origin';

/**
 * Resources as another control plane, to be the global one, is to get them: without origin, CAs as provided ones whose
 * content is in the exported secrets, meshes without new initial policies, and the keys of user tokens at the end.
 */
export function federated(documents: readonly Document[]): Document[] {
  const kept = documents.filter((document) => !(document['type'] === 'GlobalSecret' && OWN_CAS.has(textOf(document, 'name')))).map((document) => asMesh(withoutOrigin(document)));
  const isUserKey = (document: Document): boolean => textOf(document, 'name').startsWith('user-token-signing-key');
  return [...kept.filter((document) => !isUserKey(document)), ...kept.filter(isUserKey)];
}

function withoutOrigin(document: Document): Document {
  const labels = document['labels'] as Readonly<Record<string, string>> | undefined;
  if (labels?.[ORIGIN] === undefined) return document;
  return { ...document, labels: Object.fromEntries(Object.entries(labels).filter(([key]) => key !== ORIGIN)) };
}

function asMesh(document: Document): Document {
  if (document['type'] !== 'Mesh') return document;
  const backends = deep(document, 'mtls', 'backends');
  const mtls = Array.isArray(backends) ? { mtls: { ...(document['mtls'] as object), backends: backends.map((backend) => provided(textOf(document, 'name'), backend)), skipValidation: true } } : {};
  return { ...document, skipCreatingInitialPolicies: ['*'], ...mtls };
}

/** A builtin CA's certificate and key are in secrets of the mesh, named after the backend. */
function provided(mesh: string, backend: unknown): unknown {
  if (deep(backend, 'type') !== 'builtin') return backend;
  const name = String(deep(backend, 'name'));
  const { conf: _conf, ...rest } = backend as Readonly<Record<string, unknown>>;
  return { ...rest, type: 'provided', conf: { cert: { secret: `${mesh}.ca-builtin-cert-${name}` }, key: { secret: `${mesh}.ca-builtin-key-${name}` } } };
}
