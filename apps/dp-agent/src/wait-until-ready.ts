import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { MeshError, parseDuration } from '@weft/kernel';

/**
 * Asks a readiness address until it answers 200; options as `weft-dp wait` has them, durations as text. Rejects with
 * `config/invalid` on a bad option or when time is up.
 */
export async function waitUntilReady(options: Readonly<Record<string, string>>): Promise<void> {
  const duration = (key: string): number => {
    const parsed = parseDuration(options[key] ?? '');
    if (!parsed.ok) throw new MeshError('config/invalid', `${key}: ${parsed.error}`);
    return parsed.value;
  };
  const [timeout, frequency, limit] = [duration('timeout'), duration('checkFrequency'), duration('requestTimeout')];
  const url = new URL(options['url'] ?? '');
  if (!['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) throw new MeshError('config/invalid', `--url: only loopback addresses are asked, not ${url.hostname}`);
  const deadline = performance.now() + timeout;
  while (!(await answersOk(url, options['unixSocket'], limit))) {
    if (performance.now() + frequency > deadline) throw new MeshError('config/invalid', 'timeout occurred while waiting for data plane proxy to be ready');
    await pause(frequency);
  }
}

function answersOk(url: URL, socketPath: string | undefined, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const target = socketPath === undefined ? { host: url.hostname, port: url.port } : { socketPath };
    const call = request({ ...target, path: socketPath === undefined ? url.pathname : '/ready', timeout, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}
