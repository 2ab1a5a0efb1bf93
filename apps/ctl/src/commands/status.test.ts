import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../program.ts';

const SINCE = '2026-01-01T00:00:00.000Z';
const proxy = (name: string, state: string, message = '') => ({ mesh: 'default', name, state, types: { cds: { state, since: SINCE, revision: '1.1', ...(message !== '' && { message }) } } });

/** The server's answers, one after the other; a request with `after` waits until there is one. */
class Plane {
  readonly requests: string[] = [];
  /** ZoneOverviews of a global control plane. */
  zones: readonly unknown[] = [];
  #waiting: ServerResponse | undefined;
  readonly #server: Server;
  #items: readonly unknown[] = [];
  #cursor = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      const url = request.url ?? '';
      if (url === '/config') return void response.end(JSON.stringify({ mode: this.zones.length === 0 ? 'zone' : 'global' }));
      if (url.startsWith('/zone-insights')) return void response.end('{"total":0,"items":[],"next":null}');
      if (url.startsWith('/zones/')) return void response.end(JSON.stringify({ total: this.zones.length, items: this.zones, next: null }));
      if (url === '/') return void response.end('{"product":"Kuma","version":"2.14.3"}');
      this.requests.push(url);
      if (url.includes(`after=${this.#cursor}`)) this.#waiting = response;
      else this.#answer(response);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Something has changed: who waits is told. */
  change(items: readonly unknown[]): void {
    this.#items = items;
    this.#cursor++;
    if (this.#waiting !== undefined) this.#answer(this.#waiting);
    this.#waiting = undefined;
  }

  /** Breaks off what waits. */
  drop(): void {
    this.#waiting?.destroy();
    this.#waiting = undefined;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(response: ServerResponse): void {
    response.end(JSON.stringify({ total: this.#items.length, items: this.#items, next: null, cursor: String(this.#cursor) }));
  }
}

describe('weftctl status', () => {
  let plane: Plane;
  let folder: string;

  beforeEach(async () => {
    plane = new Plane();
    await plane.listen();
    folder = mkdtempSync(join(tmpdir(), 'weftctl-status-'));
    await run(['config', 'control-planes', 'add', '--name', 'test', '--address', plane.url]).ended;
  });
  afterEach(async () => {
    await plane.close();
    rmSync(folder, { recursive: true });
  });

  interface Running {
    readonly out: () => string;
    readonly err: () => string;
    readonly ended: Promise<number>;
    /** As a reader does that has seen enough; the command ends with the next answer. */
    readonly stopReading: () => void;
  }

  function run(args: readonly string[], { rows, env = {} }: { readonly rows?: number; readonly env?: Readonly<Record<string, string>> } = {}): Running {
    const sink = (): { readonly stream: Writable; readonly text: () => string } => {
      const chunks: string[] = [];
      return { stream: new Writable({ write: (chunk: Buffer, _, done) => (chunks.push(chunk.toString()), done()) }), text: () => chunks.join('') };
    };
    const [out, err] = [sink(), sink()];
    if (rows !== undefined) Object.assign(out.stream, { isTTY: true, rows, columns: 80 });
    const ended = runCli(['node', 'weftctl', '--config-file', join(folder, 'config'), ...args], { env, stdin: Readable.from([]), stdout: out.stream, stderr: err.stream });
    return { out: out.text, err: err.text, ended, stopReading: () => out.stream.destroy() };
  }

  const finish = async (running: Running): Promise<void> => {
    running.stopReading();
    plane.change([]);
    expect(await running.ended).toBe(0);
  };

  it('colours a terminal, unless NO_COLOR says not to, and nothing else', async () => {
    plane.change([proxy('web-1', 'NACK', 'no such port')]);
    const text = async (options: Parameters<typeof run>[1]): Promise<string> => {
      const running = run(['status'], options);
      expect(await running.ended).toBe(0);
      return running.out();
    };
    expect(await text({ rows: 40 })).toContain('\u001b[31m1 NACK\u001b[0m');
    for (const options of [{}, { rows: 40, env: { NO_COLOR: '1' } }, { rows: 40, env: { TERM: 'dumb' } }]) {
      expect(await text(options)).toMatch(/^MESH +NAME +STATE[^\u001b]+no such port\n$/);
    }
  });

  it('at a global control plane, tells the zone of each proxy and which zones are away', async () => {
    plane.zones = [{ name: 'east', zone: {}, zoneInsight: { subscriptions: [{ connectTime: SINCE, disconnectTime: SINCE }] } }, { name: 'north', zone: {} }, { name: 'west', zone: {}, zoneInsight: { subscriptions: [{ connectTime: SINCE }] } }];
    plane.change([{ ...proxy('web-1', 'SYNCED'), zone: 'west' }]);
    const running = run(['status']);
    expect(await running.ended).toBe(0);
    expect(running.out()).toMatch(/^ZONE +MESH +NAME +STATE .+\nwest +default +web-1 +SYNCED[^]+\nZone east has been away for \S+: [^\n]+\nZone north has never connected\.\n$/);
  });

  it('fits a narrow screen: only types that are not in order, and long names cut', async () => {
    plane.change([proxy('web-1', 'NACK', 'a reason of many words that goes on and on, over the end of the line of the screen'), proxy('backend-7f9c6b5d4-with-a-name-that-is-rather-long', 'SYNCED')]);
    const running = run(['status'], { rows: 40, env: { NO_COLOR: '1' } });
    await running.ended;
    const lines = running.out().split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines[0]).toMatch(/^MESH +NAME +STATE +NOT SYNCED +SINCE$/);
    expect(lines[1]).toMatch(/^default +web-1 +NACK +CDS +\S+$/);
    expect(lines[2]).toMatch(/^default +backend-\S+… +SYNCED +- +\S+$/);
    const piped = run(['status']);
    await piped.ended;
    expect(piped.out()).toContain('backend-7f9c6b5d4-with-a-name-that-is-rather-long   SYNCED   SYNCED');
  });

  it('--watch prints again when something changed, and asks no more than that', async () => {
    plane.change([proxy('web-1', 'STALE')]);
    const running = run(['status', '--watch']);
    await expect.poll(() => plane.requests).toEqual(['/_xds', '/_xds?after=1&wait=15s']);
    plane.change([proxy('web-1', 'STALE')]);
    await expect.poll(() => plane.requests.length).toBe(3);
    expect(running.out().match(/STATE/g)).toHaveLength(1);
    plane.change([proxy('web-1', 'SYNCED')]);
    await expect.poll(() => running.out()).toMatch(/1 STALE\n\nMESH[^]*1 SYNCED\n$/);
    expect(plane.requests).toHaveLength(4);
    await finish(running);
  });

  it('--watch draws over what a terminal shows, and tells what does not fit', async () => {
    const many = Array.from({ length: 30 }, (_, at) => proxy(`web-${at}`, 'SYNCED'));
    plane.change(many);
    const running = run(['status', '--watch'], { rows: 12, env: { NO_COLOR: '1' } });
    await expect.poll(() => plane.requests.length).toBe(2);
    plane.change([proxy('web-1', 'SYNCED')]);
    await expect.poll(() => running.out().split('\u001b[H')).toHaveLength(3);
    const [, full = '', short = ''] = running.out().split('\u001b[H');
    expect(full.split('\n')).toHaveLength(12);
    expect(full).toContain('and 25 more lines');
    expect(short.replaceAll('\u001b[K', '')).toMatch(/^MESH[^]*1 SYNCED\n\nChanges show at once. Ctrl-C ends this.\n\u001b\[J$/);
    await finish(running);
  });

  it('--watch goes on after the control plane was away', async () => {
    plane.change([proxy('web-1', 'SYNCED')]);
    const running = run(['status', '--watch']);
    await expect.poll(() => plane.requests.length).toBe(2);
    plane.drop();
    await expect.poll(() => running.err()).toContain('WARNING: the control plane does not answer');
    plane.change([proxy('web-1', 'NACK', 'bad')]);
    await expect.poll(() => running.out()).toContain('1 NACK');
    await finish(running);
  });
});
