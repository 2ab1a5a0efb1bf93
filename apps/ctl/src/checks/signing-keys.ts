import { textOf, type PlaneCheck } from './check.ts';

/** Tokens cannot be issued or verified without signing keys. */
export const signingKeys: PlaneCheck = {
  id: 'WEFT-CP-002',
  group: 'Control plane',
  title: 'keys that sign tokens are there',
  run: ({ globalSecrets, secrets, meshes }) => {
    if (globalSecrets === undefined || secrets === undefined) return [{ severity: 'warning', message: 'secrets could not be read, so keys and CAs were not looked at', hint: 'run this as an administrator (weftctl config control-planes add … --auth-conf token=…)' }];
    const missing = [
      ...(globalSecrets.some((secret) => textOf(secret, 'name').startsWith('user-token-signing-key')) ? [] : ['no key signs user tokens (GlobalSecret user-token-signing-key-1)']),
      ...meshes.map((mesh) => textOf(mesh, 'name')).filter((mesh) => !secrets.some((secret) => textOf(secret, 'mesh') === mesh && textOf(secret, 'name').startsWith('dataplane-token-signing-key'))).map((mesh) => `no key signs dataplane tokens of mesh "${mesh}"`),
    ];
    return missing.map((message) => ({ severity: 'error', message, hint: 'make one with: weftctl generate signing-key, and store it as the secret of that name; proxies and users without a token of it are refused' }));
  },
};
