import { afterEach, describe, expect, it } from 'vitest';
import { startReadinessReporter, type Readiness, type ReadinessReporter } from './readiness-reporter.ts';

const open: ReadinessReporter[] = [];
afterEach(() => { for (const one of open.splice(0)) one.close(); });

async function report(port: number | undefined, readiness: () => Promise<Readiness>): Promise<ReadinessReporter> {
  const reporter = await startReadinessReporter({ port, host: '127.0.0.1', readiness });
  open.push(reporter);
  return reporter;
}
const ask = async (port: number, path = '/ready'): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return `${response.status} ${await response.text()}`;
};

describe('startReadinessReporter', () => {
  it('says what it is told, and NOT_READY when nobody can tell', async () => {
    let word: Readiness | undefined = 'READY';
    const { port } = await report(undefined, async () => {
      if (word === undefined) throw new Error('Envoy admin does not answer');
      return word;
    });
    expect(await ask(port)).toBe('200 READY');
    word = 'TERMINATING';
    expect(await ask(port)).toBe('503 TERMINATING');
    word = undefined;
    expect(await ask(port)).toBe('503 NOT_READY');
    expect(await ask(port, '/other')).toBe('404 ');
  });

  it('takes a free port beside another, unless the port was asked for', async () => {
    const first = await report(undefined, async () => 'READY');
    const second = await report(undefined, async () => 'READY');
    expect(second.port).not.toBe(first.port);
    await expect(report(second.port, async () => 'READY')).rejects.toMatchObject({ code: 'config/invalid', message: expect.stringContaining('KUMA_READINESS_PORT') });
  });

  it('can be switched off', async () => {
    expect((await report(0, async () => 'READY')).port).toBe(0);
  });
});
