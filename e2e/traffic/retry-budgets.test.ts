import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

const BURST = 20;

/** `web` sends many requests at once to `backend`, which refuses each once; each may be sent again once. */
describe('limits of retries on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let url = '';
  /** Answers that wait. */
  let waiting: ServerResponse[] = [];
  let arrived = 0;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    const [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: appPort, respond: (_, response) => {
      arrived++;
      waiting.push(response);
    } });
    await serve(mesh, { name: 'backend', address: '127.0.27.1' }, appPort);
    const caller = await call(mesh, { name: 'web', address: '127.0.27.2' }, ['backend']);
    url = caller.outbounds.map(urlOf)[0] ?? '';
    await mesh.delete('MeshRetry', 'mesh-retry-all-default');
    await mesh.put({ type: 'MeshRetry', name: 'once', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: { numRetries: 1, retryOn: ['5xx'], backOff: { baseInterval: '1ms', maxInterval: '2ms' } } } }] } });
    await mesh.delete('MeshCircuitBreaker', 'mesh-circuit-breaker-all-default');
    await until('one retry is sent, and no default limits it', async () => (await burst(1)).retried === 1);
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  const answerAll = (status: number): void => waiting.splice(0).forEach((response) => response.writeHead(status).end());

  /** Requests that are all under way when they are refused; the retries are answered once each was sent, or kept back by a limit. */
  const burst = async (count: number): Promise<{ readonly retried: number; readonly good: number }> => {
    [waiting, arrived] = [[], 0];
    let answered = 0;
    const answers = Promise.all(Array.from({ length: count }, () => httpGet(url).finally(() => answered++)));
    await until('all are under way', () => Promise.resolve(arrived === count));
    answerAll(503);
    // What a limit keeps back is answered at once.
    await until('all retries are sent or kept back', () => Promise.resolve(arrived - count + answered === count));
    answerAll(200);
    const good = (await answers).filter(({ status }) => status === 200).length;
    return { retried: arrived - count, good };
  };

  it('are what a policy says: without one, every request is sent again', async () => {
    expect(await burst(BURST)).toEqual({ retried: BURST, good: BURST });
  });

  it('a budget allows a share of the requests under way', async () => {
    await mesh.put({ type: 'MeshCircuitBreaker', name: 'budget', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { connectionLimits: { retryBudget: { percent: 10, minConcurrency: 1 } } } }] } });
    await until('the budget is in force', async () => (await burst(BURST)).retried < BURST);
    const { retried, good } = await burst(BURST);
    expect(retried).toBeGreaterThan(0);
    expect(retried).toBeLessThan(BURST / 2);
    expect(good).toBe(retried);
  });
});
