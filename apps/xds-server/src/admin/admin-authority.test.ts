import { answer, REQUESTS, type Bus, type SignServerRequest } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { MeshError } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import { silentLogger } from '@weft/service-runtime/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AdminAuthority, adminGeneration } from './admin-authority.ts';

const DAY_MS = 86_400_000;

let clock: FakeClock;
let bus: Bus;
let authority: AdminAuthority;
let changes: number;
let asked: SignServerRequest[];
let signing: () => { readonly caPem: string } | MeshError;

beforeEach(() => {
  clock = new FakeClock();
  bus = createMemoryBus({ clock });
  changes = 0;
  asked = [];
});
afterEach(async () => {
  authority.stop();
  await bus.close();
});

function start(): AdminAuthority {
  authority = new AdminAuthority({ bus, clock, log: silentLogger, onChange: () => { changes++; } });
  return authority;
}

/** What ca-service does from now on. */
async function serve(first: typeof signing): Promise<void> {
  signing = first;
  await answer(bus, REQUESTS.signServer, async (request) => {
    asked.push(request);
    const signed = signing();
    if (signed instanceof MeshError) throw signed;
    return { certificatePem: `certificate ${asked.length}`, caPem: signed.caPem, notAfter: clock.now() + 90 * DAY_MS };
  });
}

/** Time goes on until something holds. */
const until = (condition: () => boolean, stepMs = 1_000): Promise<void> => expect.poll(() => {
  clock.advance(stepMs);
  return condition();
}, { interval: 1 }).toBe(true);

it('waits for ca-service, and then has a certificate that names the control plane', async () => {
  start();
  expect(() => authority.client).toThrow(expect.objectContaining({ code: 'bus/unavailable' }));
  await serve(() => ({ caPem: 'one' }));
  await until(() => authority.ca !== undefined);
  await authority.answered;
  expect(asked).toMatchObject([{ purpose: 'envoy-admin-client' }]);
  expect(authority.client).toMatchObject({ certificatePem: 'certificate 1', caPem: 'one' });
  expect(authority.ca).toMatchObject({ generation: adminGeneration('one'), caPem: ['one'] });
  expect(changes).toBe(1);
});

it('a CA that cannot sign holds nobody up, and is tried again', async () => {
  await serve(() => new MeshError('ca/invalid', 'no certificate in it'));
  await start().answered;
  expect(authority.ca).toBeUndefined();
  signing = () => ({ caPem: 'mended' });
  await until(() => authority.ca !== undefined);
  expect(authority.client.caPem).toBe('mended');
});

it('renews its certificate in time, and keeps the CA as it is', async () => {
  await serve(() => ({ caPem: 'one' }));
  await start().answered;
  const { ca } = authority;
  clock.advance(88 * DAY_MS);
  expect(asked).toHaveLength(1);
  await until(() => asked.length === 2, 3_600_000);
  await until(() => authority.client.certificatePem === 'certificate 2', 0);
  expect(authority.ca).toBe(ca);
  expect(changes).toBe(1);
});

it('takes another CA when its secret was written, also where ca-service hears of it later', async () => {
  await serve(() => ({ caPem: 'one' }));
  await start().answered;
  authority.secretChanged();
  clock.advance(2_000);
  await until(() => asked.length === 2, 0);
  expect(changes).toBe(1);
  signing = () => ({ caPem: 'two' });
  clock.advance(28_000);
  await until(() => changes === 2, 0);
  expect(authority.ca?.caPem).toEqual(['two']);
});
