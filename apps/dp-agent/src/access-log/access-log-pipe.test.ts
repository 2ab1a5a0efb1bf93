import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAccessLogLine } from './access-log-line.ts';
import { accessLogPipePath, openAccessLogPipe, type AccessLogPipe } from './access-log-pipe.ts';

let folder: string;
let path: string;
let pipe: AccessLogPipe;
let receiver: Server;
let received: string;
const sockets = new Set<Socket>();
const troubles: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-al-'));
  path = accessLogPipePath(folder, 'web-1', 'default');
  troubles.length = 0;
  received = '';
  receiver = await startReceiver(0);
  pipe = await openAccessLogPipe(path, (text) => troubles.push(text));
});

afterEach(() => {
  pipe.close();
  stopReceiver();
  rmSync(folder, { recursive: true, force: true });
});

async function startReceiver(port: number): Promise<Server> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => { received += chunk.toString(); });
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function stopReceiver(): void {
  receiver.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
}

const port = (): number => (receiver.address() as AddressInfo).port;
const log = (to: number, message: unknown): void => appendFileSync(path, `${JSON.stringify({ address: `127.0.0.1:${to}`, message })}\n`);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => { setTimeout(resolve, 5); });
}

describe('the pipe for access logs', () => {
  it('brings each line to its receiver, plain or JSON, whatever else is written', async () => {
    expect(statSync(path).isFIFO()).toBe(true);
    appendFileSync(path, 'no JSON\n{"message":"for nobody"}\n');
    log(port(), 'GET / 200\n');
    log(port(), { mesh: 'default', code: 200 });
    await until(() => received.split('\n').length === 3);
    expect(received).toBe('GET / 200\n{"mesh":"default","code":200}\n');
    expect(troubles).toEqual([]);
  });

  it('keeps the newest lines for a receiver that is away', async () => {
    const to = port();
    stopReceiver();
    await once(receiver, 'close').catch(() => undefined);
    log(to, 'first');
    await until(() => troubles.length === 1);
    expect(troubles[0]).toContain(`127.0.0.1:${to} cannot be reached`);
    receiver = await startReceiver(to);
    await until(() => received.includes('first\n'));
  });
});

describe('readAccessLogLine', () => {
  it('reads addresses of both families', () => {
    expect(readAccessLogLine('{"address":"[::1]:99","message":"x"}')).toEqual({ host: '::1', port: 99, text: 'x' });
    expect(readAccessLogLine('{"address":"logs.example:5151","message":{"a":1}}')).toEqual({ host: 'logs.example', port: 5151, text: '{"a":1}' });
    expect(readAccessLogLine('{"address":"nowhere","message":"x"}')).toBeUndefined();
  });
});

it('a path stays short enough for a socket', () => {
  expect(accessLogPipePath('/run/weft', 'n'.repeat(200), 'default')).toHaveLength(98 + '.sock'.length);
});
