import { Client, credentials, type ClientDuplexStream, type ServerDuplexStream } from '@grpc/grpc-js';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { rawStreams, startPlainServer, type PlainServer, type ServerLimits } from './index.ts';

const ECHO = rawStreams('test.Echo', ['Echo']);
const running: PlainServer[] = [];

async function start(limits: Partial<ServerLimits> = {}): Promise<PlainServer> {
  const server = await startPlainServer({
    host: '127.0.0.1', port: 0, limits,
    http: (incoming, response) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => response.end(`http ${incoming.method ?? ''} ${incoming.url ?? ''} ${body.length}`));
    },
    services: [{ definition: ECHO, implementation: { Echo: (call: ServerDuplexStream<Uint8Array, Uint8Array>) => { call.on('data', (bytes: Uint8Array) => call.write(bytes)); call.on('end', () => call.end()); } } }],
  });
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function echo(server: PlainServer, text: string): Promise<string> {
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  const method = ECHO['Echo']!;
  const call = client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize) as ClientDuplexStream<Uint8Array, Uint8Array>;
  call.write(Buffer.from(text));
  const [answer] = (await once(call, 'data')) as [Uint8Array];
  call.on('error', () => undefined).end();
  client.close();
  return Buffer.from(answer).toString();
}

function post(server: PlainServer, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path: '/x', method: 'POST' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text));
    }).on('error', reject).end(body);
  });
}

it('serves gRPC and HTTP on one port without TLS', async () => {
  const server = await start();
  expect(await echo(server, 'hello')).toBe('hello');
  expect(await post(server, 'x'.repeat(300_000))).toBe('http POST /x 300000');
});

it('waits for the bytes that tell: a request that comes letter by letter is HTTP still', async () => {
  const server = await start();
  const socket = connect(server.port, '127.0.0.1');
  for (const part of ['P', 'OST /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n', 'ab']) await new Promise<void>((resolve, reject) => void socket.write(part, (error) => (error ? reject(error) : resolve())));
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await once(socket, 'close');
  expect(answer).toContain('http POST /slow 2');
});

it.each([['nothing', ''], ['a preface that does not go on', 'PR'], ['garbage', 'no protocol at all\r\n\r\n']])('closes on %s, and serves on', async (_name, text) => {
  const server = await start({ headersMs: 200 });
  const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
  socket.write(text);
  socket.resume();
  await once(socket, 'close');
  expect(await echo(server, 'still there')).toBe('still there');
});
