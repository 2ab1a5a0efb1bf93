import { answer, REQUESTS } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { FakeClock } from '@weft/kernel/testing';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { ExternalSecrets, type ExternalRef } from './external-secrets.ts';

const CA: ExternalRef = { kind: 'external-ca', name: 'ca', mesh: 'default', ca: { secret: 'partner' } };
const KEPT_APART: ExternalRef = {
  kind: 'external-certificate', name: 'cert', mesh: 'default', certificate: { pem: 'CERT' },
  key: { resource: { type: 'MeshExternalService', name: 'pay', version: 1 }, path: ['tls', 'verification', 'clientKey'] },
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Bench {
  readonly secrets: ExternalSecrets;
  readonly stored: Map<string, string>;
  readonly failures: string[];
  readonly bodyOf: (ref: ExternalRef) => string;
}

/** A store of Secrets, and one MeshExternalService whose key is kept apart from it. */
async function bench(): Promise<Bench> {
  const clock = new FakeClock();
  const bus = createMemoryBus({ clock });
  const stored = new Map<string, string>();
  const failures: string[] = [];
  await answer(bus, REQUESTS.secretRead, async ({ name }) => ({ data: stored.has(name) ? base64(stored.get(name) ?? '') : null }));
  await answer(bus, REQUESTS.storeReveal, async ({ type, mesh, name }) => ({ resource: { type, mesh, name, labels: {}, creationTime: '', modificationTime: '', version: 1, spec: { tls: { verification: { clientKey: { inlineString: 'KEY' } } } } } satisfies Resource }));
  const secrets = new ExternalSecrets({ bus, clock, onChange: () => undefined, onFailure: (_, reason) => failures.push(reason) });
  return { secrets, stored, failures, bodyOf: (ref) => Buffer.from(secrets.get(ref)?.body ?? []).toString() };
}

describe('secrets for servers outside', () => {
  it('come when the Secret does, and follow it; one that goes leaves the last', async () => {
    const { secrets, stored, failures, bodyOf } = await bench();
    expect(secrets.get(CA)).toBeUndefined();
    await expect.poll(() => failures).toEqual(['there is no Secret "partner" in mesh "default"']);
    stored.set('partner', 'ONE');
    secrets.secretChanged('default', 'another');
    secrets.secretChanged('other', 'partner');
    secrets.secretChanged('default', 'partner');
    await expect.poll(() => bodyOf(CA)).toContain('ONE');
    const { version } = secrets.get(CA) ?? {};
    stored.set('partner', 'TWO');
    secrets.secretChanged('default', 'partner');
    await expect.poll(() => bodyOf(CA)).toContain('TWO');
    expect(secrets.get(CA)?.version).not.toBe(version);
    stored.delete('partner');
    secrets.secretChanged('default', 'partner');
    await expect.poll(() => failures).toHaveLength(2);
    expect(bodyOf(CA)).toContain('TWO');
  });

  it('another source of the same name takes the place of the first once it has been read', async () => {
    const { stored, bodyOf } = await bench();
    stored.set('partner', 'ONE');
    await expect.poll(() => bodyOf(CA)).toContain('ONE');
    const inline: ExternalRef = { ...CA, ca: { base64: base64('INLINE') } };
    expect(bodyOf(inline)).toContain('ONE');
    await expect.poll(() => bodyOf(inline)).toContain('INLINE');
  });

  it('a key that is kept apart from its resource is read from the store', async () => {
    const { bodyOf } = await bench();
    await expect.poll(() => bodyOf(KEPT_APART)).toMatch(/CERT[^]*KEY/);
  });
});
