import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@weft/kernel/testing';
import { expect, it } from 'vitest';
import { issueToken, TokenVerifier, trustedKeys, type ConfiguredKey } from './index.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const clock = new FakeClock();
const id = { purpose: 'dataplane', mesh: 'shop' } as const;
const token = (): Promise<string> => issueToken('dataplane', { Name: 'web-1', Mesh: 'shop', Tags: {}, Type: '', Workload: '' }, { key: privateKey, kid: 'offline', nowMs: clock.now(), validForMs: 60_000 });

it('a token that was signed elsewhere counts where the configuration names the key, in place or in a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-keys-'));
  try {
    const keyFile = join(folder, 'key.pem');
    writeFileSync(keyFile, pem);
    for (const key of [{ key: pem }, { keyFile }]) {
      const verifier = new TokenVerifier(clock, trustedKeys('dataplane', { useSecrets: true, publicKeys: [{ kid: 'offline', mesh: 'shop', ...key }] }, 'v'));
      expect(await verifier.verify(id, await token())).toMatchObject({ ok: true });
      expect(await verifier.verify({ ...id, mesh: 'other' }, await token())).toMatchObject({ ok: false });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('keys among the secrets count unless the configuration says otherwise', async () => {
  const stored = { type: 'TokenPublicKey', name: 'dataplane-shop-offline', spec: { purpose: 'dataplane', mesh: 'shop', kid: 'offline', publicKeyPem: pem } };
  for (const useSecrets of [true, false]) {
    const verifier = new TokenVerifier(clock, trustedKeys('dataplane', { useSecrets, publicKeys: [] }, 'v'));
    verifier.put(stored);
    expect(await verifier.verify(id, await token())).toMatchObject({ ok: useSecrets });
  }
});

it.each<[ConfiguredKey, RegExp]>([
  [{ kid: '', key: pem, mesh: 'shop' }, /^v\.publicKeys\[0\]\.kid: /],
  [{ kid: 'a', mesh: 'shop' }, /either key .* or keyFile/],
  [{ kid: 'a', key: pem, keyFile: 'x', mesh: 'shop' }, /either key .* or keyFile/],
  [{ kid: 'a', key: pem }, /\.mesh: /],
  [{ kid: 'a', key: 'no PEM', mesh: 'shop' }, /no public key/],
  [{ kid: 'a', keyFile: '/nowhere', mesh: 'shop' }, /no public key.*ENOENT/],
])('%j is refused', (key, message) => {
  expect(() => trustedKeys('dataplane', { useSecrets: true, publicKeys: [key] }, 'v')).toThrow(message);
});
