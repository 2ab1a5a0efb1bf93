import type { Step } from './draft.ts';

interface MeshMtls {
  readonly mtls?: { readonly enabledBackend?: string };
}

/** While mTLS is on, its CA stays: switching would cut every connection of the mesh. Source: Kuma 2.14. */
export const keepEnabledCa: Step = {
  name: 'keep enabled CA',
  stage: 'store',
  run: (draft, { previous }) => {
    if (draft.type.name !== 'Mesh' || previous === undefined) return draft;
    const was = (previous.spec as MeshMtls).mtls?.enabledBackend ?? '';
    const is = (draft.spec as MeshMtls).mtls?.enabledBackend ?? '';
    if (was === '' || is === '' || was === is) return draft;
    return [{ path: 'mtls.enabledBackend', message: 'Changing CA when mTLS is enabled is forbidden. Disable mTLS first and then change the CA' }];
  },
};
