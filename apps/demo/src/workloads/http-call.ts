import { request } from 'node:http';
import { answeredCall, failedCall, type Answer, type CallOutcome } from './call-outcome.ts';

/** Calls an HTTP app of the shop. A connection of its own per call: what fails then is the mesh, not a stale connection. Never rejects. */
export function callHttp(host: string, port: number, timeoutMs: number): Promise<CallOutcome> {
  const begin = performance.now();
  const since = (): number => performance.now() - begin;
  return new Promise((resolve) => {
    const call = request({ host, port, path: '/', agent: false, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve(failedCall(error.message, since())));
      response.on('end', () => {
        const status = String(response.statusCode);
        const body = Buffer.concat(chunks).toString('utf8');
        resolve(response.statusCode === 200 ? answeredCall(JSON.parse(body) as Answer, status, since()) : failedCall(status, since()));
      });
    });
    call.on('timeout', () => call.destroy(new Error('timeout')));
    call.on('error', (error: NodeJS.ErrnoException) => resolve(failedCall(error.code ?? error.message, since())));
    call.end();
  });
}
