import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readOtelConfig, type OtelBackend } from './otel-config.ts';
import { otelInventory, otelRoute } from './otel-env.ts';
import { OtelService } from './otel-service.ts';
import { sendOtlp } from './send-otlp.ts';

const backendOf = (backend: object): OtelBackend => {
  const [read] = readOtelConfig(JSON.stringify({ backends: [{ socketPath: '/run/x.sock', traces: { enabled: true }, ...backend }] })) ?? [];
  if (read === undefined) throw new Error('not read');
  return read;
};
const route = (backend: object, env: Readonly<Record<string, string>> = {}) => {
  const read = backendOf(backend);
  return otelRoute(read, { signal: 'traces', plan: read.signals.traces ?? { ignoresEnv: false, refreshIntervalMs: 1 }, env, localhost: '127.0.0.1' });
};
const at = (host: string, port: number, tls = false) => ({ host, port, tls });
const OPTIONAL = { envPolicy: { mode: 'Optional' } };
const OTEL = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://gateway:4318/base', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=a%20b, x=1' };

describe('where a signal goes', () => {
  it.each<[string, { readonly backend: object; readonly env?: Readonly<Record<string, string>>; readonly expected: object }]>([
    ['to the backend\'s endpoint', { backend: { endpoint: 'otel:14317', useHTTP: false }, expected: { place: { at: at('otel', 14317), httpPath: undefined, headers: {} } } }],
    ['over HTTP below its path', { backend: { endpoint: '[fd00::1]:9', useHTTP: true, path: '/otlp/' }, expected: { place: { at: at('fd00::1', 9), httpPath: '/otlp/v1/traces', headers: {} } } }],
    ['to this machine where there is none', { backend: {}, expected: { place: { at: at('127.0.0.1', 4317), httpPath: undefined, headers: {} } } }],
    ['nowhere else by variables that are not asked for', { backend: { endpoint: 'otel:1' }, env: OTEL, expected: { place: { at: at('otel', 1), httpPath: undefined, headers: {} } } }],
    ['to that of the environment first', { backend: { endpoint: 'otel:1', useHTTP: false, ...OPTIONAL }, env: OTEL, expected: { place: { at: at('gateway', 4318, true), httpPath: '/base/v1/traces', headers: { 'api-key': 'a b', 'x': '1' } } } }],
    ['to that of its own signal before', { backend: { ...OPTIONAL }, env: { ...OTEL, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://tempo/in' }, expected: { place: { at: at('tempo', 80), httpPath: '/in', headers: { 'api-key': 'a b', 'x': '1' } } } }],
    ['not to that of its signal where overrides are off', { backend: { envPolicy: { mode: 'Optional', allowSignalOverrides: false } }, env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://tempo' }, expected: { place: { at: at('127.0.0.1', 4317) } } }],
    ['to the backend\'s where it comes first', { backend: { endpoint: 'otel:1', useHTTP: false, envPolicy: { mode: 'Optional', precedence: 'ExplicitFirst' } }, env: OTEL, expected: { place: { at: at('otel', 1), httpPath: undefined, headers: { 'api-key': 'a b', 'x': '1' } } } }],
    ['nowhere without what is required', { backend: { endpoint: 'otel:1', envPolicy: { mode: 'Required' } }, expected: { blocked: expect.stringContaining('RequiredEnvMissing') } }],
    ['past variables that two backends would take', { backend: { endpoint: 'otel:1', ...OPTIONAL, traces: { enabled: true, blockedReasons: ['MultipleBackendsForSignal'] } }, env: OTEL, expected: { place: { at: at('otel', 1) } } }],
    ['nowhere by a variable that is no URL', { backend: OPTIONAL, env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://[' }, expected: { blocked: expect.stringContaining('is no URL') } }],
  ])('%s', (_name, { backend, env, expected }) => {
    expect(route(backend, env)).toMatchObject(expected);
  });

  it('the control plane is told which variables there are, and no value', () => {
    const inventory = otelInventory({ ...OTEL, OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '1000', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '' });
    expect(inventory).toMatchObject({ pipeEnabled: true, shared: { endpointPresent: true, headersPresent: true, timeoutPresent: false }, logs: { timeoutPresent: true, endpointPresent: false }, traces: null, metrics: null });
    expect(JSON.stringify(inventory)).not.toMatch(/gateway|a b|a%20b/);
  });
});

describe('the service', () => {
  let workDir: string;
  let envoy: Server;
  let document: string | undefined;
  let service: OtelService;
  const warn = vi.fn<(text: string) => void>();
  const targets = vi.fn();
  const closers: (() => void)[] = [];

  beforeEach(async () => {
    workDir = mkdtempSync(join(tmpdir(), 'weft-otel-'));
    envoy = createServer((request, response) => {
      if (document === undefined) response.writeHead(404).end();
      else if (request.headers['if-none-match'] === document.length.toString()) response.writeHead(304).end();
      else response.writeHead(200, { etag: document.length.toString() }).end(document);
    });
    envoy.listen(join(workDir, 'kuma-mesh-metric-config.sock'));
    await once(envoy, 'listening');
    warn.mockClear();
    targets.mockClear();
    service = new OtelService({ workDir, intervalMs: 10, env: {}, localhost: '127.0.0.1', log: { info: () => undefined, warn, debug: () => undefined } as never, onMetricTargets: targets });
  });

  afterEach(() => {
    service.close();
    envoy.closeAllConnections();
    envoy.close();
    for (const close of closers.splice(0)) close();
    document = undefined;
    rmSync(workDir, { recursive: true, force: true });
  });

  const socket = (name: string) => join(workDir, `kuma-otel-${name}.sock`);
  const send = (name: string, signal: 'traces' | 'logs', text: string) => sendOtlp({ at: { socketPath: socket(name) }, httpPath: undefined, headers: {} }, signal, Buffer.from(text));

  async function httpCollector(): Promise<{ readonly port: number; readonly requests: { readonly url: string | undefined; readonly body: string }[] }> {
    const requests: { url: string | undefined; body: string }[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => {
        requests.push({ url: request.url, body });
        response.end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close());
    return { port: (server.address() as AddressInfo).port, requests };
  }

  async function grpcCollector(): Promise<{ readonly port: number; readonly messages: string[] }> {
    const messages: string[] = [];
    const server: Http2Server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        messages.push(`${String(headers[':path'])} ${Buffer.concat(chunks).subarray(5).toString()}`);
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close());
    return { port: (server.address() as AddressInfo).port, messages };
  }

  it('forwards what comes to each socket, over gRPC or HTTP, and says what fails', async () => {
    const [http, grpc] = [await httpCollector(), await grpcCollector()];
    const backend = (name: string, more: object) => ({ name, socketPath: socket(name), traces: { enabled: true }, logs: { enabled: true }, ...more });
    document = JSON.stringify({ backends: [backend('web', { endpoint: `127.0.0.1:${http.port}`, useHTTP: true, path: '/otlp' }), backend('plain', { endpoint: `127.0.0.1:${grpc.port}`, useHTTP: false }), backend('gone', { endpoint: '127.0.0.1:1', useHTTP: false })] });
    await vi.waitFor(() => send('web', 'logs', 'a line'), { timeout: 5_000 });
    await vi.waitFor(() => send('plain', 'traces', 'a span'), { timeout: 5_000 });
    expect([http.requests, grpc.messages]).toEqual([[{ url: '/otlp/v1/logs', body: 'a line' }], ['/opentelemetry.proto.collector.trace.v1.TraceService/Export a span']]);
    await expect(send('gone', 'traces', 'a span')).rejects.toThrow(/status 14/);
    await expect(send('gone', 'traces', 'a span')).rejects.toThrow(/status 14/);
    expect(warn.mock.calls.map(([text]) => text)).toEqual([expect.stringMatching(/^gone: traces cannot be sent there: .*ECONNREFUSED/)]);
    document = JSON.stringify({ backends: [backend('web', { endpoint: `127.0.0.1:${http.port}`, useHTTP: true, path: '/moved', logs: { enabled: false } })] });
    await vi.waitFor(async () => {
      await send('web', 'traces', 'moved');
      expect(http.requests.at(-1)).toEqual({ url: '/moved/v1/traces', body: 'moved' });
    }, { timeout: 5_000 });
    await expect(send('web', 'logs', 'x')).rejects.toThrow('no%20policy');
    await expect(send('plain', 'traces', 'x')).rejects.toThrow();
  });

  it('says which metrics are pushed; makes no socket outside its folder; nonsense changes nothing', async () => {
    document = JSON.stringify({ backends: [{ name: 'm', socketPath: socket('m'), metrics: { enabled: true, refreshInterval: '5s' } }, { name: 'evil', socketPath: `${workDir}-other/x.sock`, metrics: { enabled: true } }] });
    await vi.waitFor(() => expect(targets).toHaveBeenCalled(), { timeout: 5_000 });
    expect(targets.mock.calls.at(-1)).toEqual([[{ name: 'm', socketPath: socket('m'), refreshIntervalMs: 5_000, httpPath: undefined }]]);
    document = 'no json at all';
    await vi.waitFor(() => expect(warn).toHaveBeenCalledWith(expect.stringContaining('cannot be read')), { timeout: 5_000 });
    document = undefined;
    await vi.waitFor(() => expect(targets.mock.calls.at(-1)).toEqual([[]]), { timeout: 5_000 });
  });
});
