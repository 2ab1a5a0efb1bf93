import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient } from './api-client.ts';

let server: Server | undefined;

async function serving(listener: RequestListener): Promise<ApiClient> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return new ApiClient({ url: `http://127.0.0.1:${(started.address() as AddressInfo).port}`, token: 'abc' });
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe('ApiClient', () => {
  it('sends the token and JSON, and reads warnings', async () => {
    const seen: unknown[] = [];
    const client = await serving((req, res) => {
      seen.push(req.method, req.url, req.headers.authorization, req.headers['content-type']);
      req.resume();
      res.writeHead(201, { 'content-type': 'application/json' }).end('{"warnings":["careful"]}');
    });
    expect(await client.put('/meshes/default', { type: 'Mesh', name: 'default' })).toEqual({ created: true, warnings: ['careful'] });
    expect(seen).toEqual(['PUT', '/meshes/default', 'Bearer abc', 'application/json']);
  });

  it('follows pages to the end', async () => {
    const client = await serving((req, res) => {
      const second = req.url?.includes('offset=1') === true;
      res.end(JSON.stringify({ total: 2, items: [{ name: second ? 'b' : 'a' }], next: second ? null : `http://${req.headers.host}/meshes?offset=1` }));
    });
    const names: unknown[] = [];
    for await (const item of client.listAll('/meshes')) names.push(item['name']);
    expect(names).toEqual(['a', 'b']);
  });

  it('turns a problem document into one message with every parameter', async () => {
    const client = await serving((_req, res) => {
      res.writeHead(400).end(JSON.stringify({ title: 'Could not process a resource', detail: 'Resource is not valid', invalid_parameters: [{ field: 'name', reason: 'is bad' }] }));
    });
    await expect(client.getJson('/x')).rejects.toMatchObject({ code: 'resource/invalid', message: 'Could not process a resource (Resource is not valid)\n* name: is bad', violations: [{ path: 'name', message: 'is bad' }] });
  });

  it('says so when nobody listens', async () => {
    const client = new ApiClient({ url: 'http://127.0.0.1:1' });
    await expect(client.index()).rejects.toMatchObject({ code: 'store/unavailable', message: expect.stringContaining('connection refused') as string });
  });

  it('answers undefined and false for what is not there', async () => {
    const client = await serving((_req, res) => {
      res.writeHead(404).end('404: Page Not Found');
    });
    expect(await client.find('/meshes/x')).toBeUndefined();
    expect(await client.delete('/meshes/x')).toBe(false);
  });
});
