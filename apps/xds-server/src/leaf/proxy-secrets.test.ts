import type { SignedLeaf } from '@weft/bus';
import { Sensitive } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import type { SecretRef } from '@weft/proxy-view';
import { describe, expect, it } from 'vitest';
import type { IssuedLeaf } from './leaf-issuer.ts';
import { ProxySecrets, ValidationSecrets } from './proxy-secrets.ts';

const REFS: readonly SecretRef[] = [
  { kind: 'identity', name: 'identity', mesh: 'default', services: ['web'], tags: {} },
  { kind: 'ca', name: 'ca', mesh: 'default' },
  { kind: 'admin', name: 'admin', mesh: 'default', proxy: 'web-1' },
  { kind: 'admin-clients', name: 'admin-ca', mesh: '' },
];
const NAMES = REFS.map(({ name }) => name);
const CA = { backend: 'ca-1', generation: 1, caPem: ['-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n'] };

/** A server that starts, and what it has issued. */
function server(clock: FakeClock, { held = new Map<string, string>(), caPem = CA.caPem } = {}): { readonly secrets: ProxySecrets; readonly issued: string[] } {
  const issued: string[] = [];
  const issue = async ({ kind }: SecretRef): Promise<IssuedLeaf> => {
    issued.push(kind);
    const signed: SignedLeaf = { certificatePem: 'x', serial: String(issued.length), notBefore: clock.now(), notAfter: clock.now() + 86_400_000, backend: 'ca-1', issuerGeneration: 1 };
    return { signed, keyPem: new Sensitive('key') };
  };
  const validation = new ValidationSecrets({ trust: () => ({ ...CA, caPem }), trustDomains: () => undefined, adminCa: () => CA });
  const secrets = new ProxySecrets({ mesh: 'default', name: 'web-1' }, {
    clock, validation, random: () => 0, issuer: () => CA, onChange: () => undefined, onFailure: () => undefined,
    issue, issueAdmin: issue, adminCa: () => CA,
  });
  secrets.begin({ resuming: held.size > 0, wholeState: true });
  secrets.update(REFS);
  secrets.ask(NAMES, held);
  return { secrets, issued };
}

/** What a proxy holds once it was issued what it needs and, with `looked`, somebody has looked into its Envoy. */
async function firstRun(clock: FakeClock, looked = true): Promise<Map<string, string>> {
  const first = server(clock);
  await Promise.resolve();
  expect(first.issued).toEqual(['identity']);
  if (looked) await first.secrets.openAdmin();
  return new Map([...first.secrets.resources].map(([name, { version }]) => [name, version]));
}

describe('the secrets of a proxy that comes back with all of its state', () => {
  it('two certificates of its own are left alone together', async () => {
    const clock = new FakeClock();
    const held = await firstRun(clock);
    expect([...held.keys()]).toEqual(NAMES);
    const { secrets, issued } = server(clock, { held });
    expect(issued).toEqual([]);
    expect(new Map([...secrets.resources].map(([name, { version }]) => [name, version]))).toEqual(held);
    expect(secrets.leaf).toMatchObject({ backend: 'ca-1' });
  });

  it('the certificate of the workload is left alone also where nobody has looked into the Envoy', async () => {
    const clock = new FakeClock();
    const held = await firstRun(clock, false);
    expect([...held.keys()]).toEqual(['identity', 'ca']);
    const { secrets, issued } = server(clock, { held });
    expect(issued).toEqual([]);
    expect([...secrets.resources.keys()]).toEqual(['identity', 'ca']);
  });

  it('are made anew where one thing that it holds is not right any more, for the admin listener at the next look', async () => {
    const clock = new FakeClock();
    const held = await firstRun(clock);
    const { issued } = server(clock, { held, caPem: [...CA.caPem, ...CA.caPem] });
    expect(issued).toEqual(['identity']);
  });

  it('are made anew where one of its certificates is due', async () => {
    const clock = new FakeClock();
    const held = await firstRun(clock);
    clock.advance(80_000_000);
    expect(server(clock, { held }).issued).toEqual(['identity']);
  });
});
