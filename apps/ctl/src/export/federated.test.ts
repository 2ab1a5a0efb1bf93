import { expect, it } from 'vitest';
import { federated } from './federated.ts';

it('prepares resources for a global control plane', () => {
  const exported = federated([
    { type: 'GlobalSecret', name: 'user-token-signing-key-1', data: 'a' },
    { type: 'GlobalSecret', name: 'envoy-admin-ca', data: 'b' },
    { type: 'Mesh', name: 'm', labels: { 'kuma.io/origin': 'zone', team: 'a' }, mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin', conf: { caCert: {} }, mode: 'STRICT' }] } },
    { type: 'Secret', mesh: 'm', name: 's', data: 'c' },
  ]);
  expect(exported).toEqual([
    {
      type: 'Mesh', name: 'm', labels: { team: 'a' }, skipCreatingInitialPolicies: ['*'],
      mtls: { enabledBackend: 'ca', skipValidation: true, backends: [{ name: 'ca', type: 'provided', mode: 'STRICT', conf: { cert: { secret: 'm.ca-builtin-cert-ca' }, key: { secret: 'm.ca-builtin-key-ca' } } }] },
    },
    { type: 'Secret', mesh: 'm', name: 's', data: 'c' },
    { type: 'GlobalSecret', name: 'user-token-signing-key-1', data: 'a' },
  ]);
});
