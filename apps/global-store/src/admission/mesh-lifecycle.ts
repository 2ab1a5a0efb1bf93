import { MeshError } from '@weft/kernel';
import { defaultPolicies } from '@weft/policy-model';
import { hasSensitiveFields, keyOf, type MeshSpec, type Resource, type ResourceType, type TypeRegistry } from '@weft/resource-model';
import type { Batch, Expectation, ResourceStore, SecretWrite, Write } from '@weft/store';
import { signingKeySecret } from '@weft/tokens';
import { newDraft, type Draft, type Site } from './draft.ts';
import { tokenObjectDeletes } from './token-objects.ts';

/** Makes a private signing key, PEM. */
export type SigningKeySource = () => Promise<string>;

/** What a new mesh starts with, beside itself: its default policies and the first key for its dataplane tokens. */
export async function newMeshDrafts(mesh: Draft, ports: { readonly registry: TypeRegistry; readonly newSigningKey: SigningKeySource }): Promise<readonly Draft[]> {
  const skip = (mesh.resource.spec as MeshSpec).skipCreatingInitialPolicies ?? [];
  const draft = (type: ResourceType, name: string, spec: unknown): Draft => newDraft({ type, mesh: mesh.resource.name, name, labels: {}, spec });
  const policies = defaultPolicies(mesh.resource.name, skip).flatMap(({ type, name, spec }) => {
    const known = ports.registry.byName(type);
    return known === undefined ? [] : [draft(known, name, spec)];
  });
  const secret = ports.registry.byName('Secret');
  if (secret === undefined) return policies;
  const { name } = signingKeySecret({ purpose: 'dataplane', mesh: mesh.resource.name, kid: '1' });
  const data = Buffer.from(await ports.newSigningKey()).toString('base64');
  return [draft(secret, name, { data }), ...policies];
}

/** Deletes a mesh and everything in it, as one batch. Refused while dataplanes are in it (`resource/invalid`). */
export async function meshDeletion(mesh: Resource, ports: { readonly store: ResourceStore; readonly registry: TypeRegistry; readonly site: Site; readonly expect: Expectation }): Promise<Batch> {
  const { store, registry, site, expect } = ports;
  if ((await store.list('Dataplane', mesh.name)).length > 0) {
    throw new MeshError('resource/invalid', 'Resource is not valid', { violations: [{ path: 'mesh', message: 'unable to delete mesh, there are still some dataplanes attached' }] });
  }
  const lists = await Promise.all(registry.all.filter(({ scope }) => scope === 'Mesh').map(({ name }) => store.list(name, mesh.name)));
  // What zones made in it goes when they say so, after they heard of this: else it would not come again with a mesh that is made anew.
  const owned = lists.flat().filter((one) => site.mode !== 'global' || one.labels['kuma.io/origin'] !== 'zone').map(keyOf);
  const writes: Write[] = owned.flatMap((key) => [{ op: 'delete', key, expect: 'any' }, ...tokenObjectDeletes(key)]);
  const hiding = new Set(registry.all.filter(({ schema }) => hasSensitiveFields(schema)).map(({ name }) => name));
  const secrets: SecretWrite[] = [...owned, mesh].filter(({ type }) => hiding.has(type)).map((one) => ({ key: keyOf(one), data: null }));
  // The mesh goes last, so that no reader of the feed sees a resource whose mesh is gone.
  return { writes: [...writes, { op: 'delete', key: { type: 'Mesh', mesh: '', name: mesh.name }, expect }], secrets };
}
