import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';

const dataplane = (name: string): Record<string, unknown> => ({ type: 'Dataplane', mesh: 'default', name, networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'a' } }] } });

describe('bad input', () => {
  let server: TestStore;
  beforeAll(async () => {
    const limits = { readHeaderTimeout: 200, readTimeout: 400 };
    server = await startForTest({ config: { ...TEST_CONFIG, apiServer: { ...TEST_CONFIG.apiServer, ...limits } } });
  });
  afterAll(() => server.app.close());

  /** What the server answers to raw bytes before it closes the connection. */
  const raw = (bytes: string | Buffer, more?: (write: (bytes: string) => void) => void): Promise<string> => new Promise((resolve) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes);
      more?.((text) => socket.write(text));
    });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
  const stillServes = async (): Promise<void> => {
    expect((await server.call('GET', '/meshes')).status).toBe(200);
  };

  it('a resource beyond 512 KiB is refused by name', async () => {
    const json = { type: 'Secret', mesh: 'default', name: 'large', data: Buffer.alloc(520 * 1024).toString('base64') };
    expect(await server.call('PUT', '/meshes/default/secrets/large', { json })).toMatchObject({ status: 413, json: { title: 'Request too large', detail: expect.stringContaining('Secret "large"') } });
    expect((await server.call('GET', '/meshes/default/secrets/large')).status).toBe(404);
  });

  it('a body beyond what is read at all is refused before it is read', async () => {
    const head = 'PUT /meshes/default/dataplanes/x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    expect(await raw(`${head}Content-Length: 99999999\r\n\r\n{`)).toMatch(/^HTTP\/1.1 413 [\s\S]*1048576/);
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    expect(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}`)).toMatch(/^HTTP\/1.1 413 /);
    await stillServes();
  });

  it.each([
    ['headers that never end', 'GET /meshes HTTP/1.1\r\nHost: localhost\r\n'],
    ['a body that never comes', 'PUT /meshes/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'],
  ])('%s: the client is cut off', async (_name, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1.1 408 /);
    await stillServes();
  });

  it.each([
    ['no HTTP', Buffer.from([0, 1, 2, 255, 10, 13, 10])],
    ['a TLS greeting', Buffer.from('16030100c2010000be0303', 'hex')],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('%s on the port is answered or closed', async (_name, bytes) => {
    await raw(bytes);
    await stillServes();
  });

  it.each([
    ['unknown type', 'GET', '/meshes/default/pets', 404, '404: Page Not Found'],
    ['internal types have no path', 'GET', '/tokenpublickey', 404, '404: Page Not Found'],
    ['a global type inside a mesh', 'GET', '/meshes/default/zones', 404, '404: Page Not Found'],
    ['a mesh type without mesh', 'GET', '/dataplanes/x', 404, '404: Page Not Found'],
    ['a path that cannot be decoded', 'GET', '/meshes/%ff', 404, '404: Page Not Found'],
    ['wrong verb', 'PATCH', '/meshes/default', 405, '405: Method Not Allowed'],
    ['wrong verb on a list', 'DELETE', '/meshes', 405, '405: Method Not Allowed'],
  ])('%s', async (_name, method, path, status, text) => {
    expect(await server.call(method, path)).toMatchObject({ status, text });
  });

  it.each([
    ['name', { ...dataplane('x'), name: 'Bad_Name' }, '/meshes/default/dataplanes/Bad_Name', [expect.objectContaining({ field: 'name' })]],
    ['labels', { ...dataplane('x'), labels: { 'a b': 'c' } }, '/meshes/default/dataplanes/x', [expect.objectContaining({ field: 'labels["a b"]' })]],
    ['labels that are no text', { ...dataplane('x'), labels: { a: 1 } }, '/meshes/default/dataplanes/x', [expect.objectContaining({ field: 'labels["a"]' })]],
    ['content', { type: 'Dataplane', mesh: 'default', name: 'x', networking: {} }, '/meshes/default/dataplanes/x', expect.arrayContaining([expect.objectContaining({ field: 'networking.address' })])],
  ])('invalid %s is told by field', async (_name, json, path, parameters) => {
    expect(await server.call('PUT', path, { json })).toMatchObject({ status: 400, json: { title: 'Could not process a resource', detail: 'Resource is not valid', invalid_parameters: parameters } });
  });

  it.each(['true', '[]', '"text"', '7', 'null'])('%s is no resource', async (text) => {
    expect((await server.call('PUT', '/meshes/a', { text, headers: { 'content-type': 'application/json' } })).status).toBe(400);
  });

  it('arbitrary bytes as a body never crash it', async () => {
    await fc.assert(fc.asyncProperty(fc.oneof(fc.string(), fc.json()), fc.constantFrom('/meshes/a', '/meshes/default/dataplanes/a', '/zones/z', '/meshes/default/meshtimeouts/t'), async (text, path) => {
      const { status } = await server.call('PUT', path, { text, headers: { 'content-type': 'application/json' } });
      return status === 400;
    }), { numRuns: 60 });
    await stillServes();
  });

  it('arbitrary documents of the right identity never crash it', async () => {
    await fc.assert(fc.asyncProperty(fc.dictionary(fc.constantFrom('networking', 'labels', 'spec', 'metrics', 'probes', '__proto__'), fc.jsonValue()), async (fields) => {
      const json = { ...fields, type: 'Dataplane', mesh: 'default', name: 'fuzz' };
      const { status } = await server.call('PUT', '/meshes/default/dataplanes/fuzz', { json });
      return [200, 201, 400].includes(status);
    }), { numRuns: 100 });
  });

  it('arbitrary paths never crash it', async () => {
    await fc.assert(fc.asyncProperty(fc.webPath(), fc.webQueryParameters(), async (path, query) => {
      const { status } = await server.call('GET', `/${path.replace(/^\/*/, '')}?${query}`);
      return status < 500;
    }), { numRuns: 60 });
  });
});
