import type { NamedCollector, ProxyView } from '@weft/proxy-view';
import { describe, expect, it } from 'vitest';
import { agentSocket, isForwarded, otelDocument } from './otel-document.ts';

const collector = (name: string, more: Partial<NamedCollector['collector']> = {}): NamedCollector['collector'] => ({ name, address: 'otel', port: 4317, protocol: 'grpc', ...more });

function viewOf(collectors: readonly NamedCollector[], { features = ['feature-otel-via-kuma-dp'], confs = {} }: { features?: string[]; confs?: object } = {}): ProxyView {
  const context = { name: 'default', mtls: undefined };
  return {
    key: { mesh: 'default', name: 'web-1' }, mesh: context as unknown as ProxyView['mesh'], unifiedNaming: false, address: '', adminPort: 9901, transparentProxy: undefined, confs: confs as ProxyView['confs'], inbounds: [], collectors, serviceless: false,
    outboundGroup: { key: '', outbounds: [], destinations: [], directAccess: [], names: [] }, dns: undefined, secrets: [],
    client: { key: { mesh: 'default', name: 'web-1' }, features: new Set(features), admin: undefined, readinessPort: undefined, dnsPort: undefined, workdir: '/run/dp', ipv6Enabled: false, transparentProxy: undefined },
  };
}

const read = (view: ProxyView): unknown => JSON.parse(otelDocument(view)?.body ?? 'null');
const DEFAULTS = { mode: 'Optional', precedence: 'EnvFirst', allowSignalOverrides: true };

describe('what an agent is told of collectors', () => {
  it('where each leads, what is sent, how the environment counts', () => {
    const metric = { backends: [{ type: 'OpenTelemetry', openTelemetry: { refreshInterval: '90s', collector: collector('http') } }] };
    expect(read(viewOf([
      { collector: collector('http', { address: 'fd00::1', port: 1, protocol: 'http', path: '/base', env: { mode: 'Disabled' } }), signals: ['logs', 'traces', 'metrics'] },
      { collector: collector('local', { isImplied: true }), signals: ['logs', 'traces'] },
    ], { confs: { MeshMetric: metric } }))).toEqual({ backends: [
      { name: 'http', socketPath: '/run/dp/kuma-otel-http.sock', endpoint: '[fd00::1]:1', useHTTP: true, path: '/base', envPolicy: { ...DEFAULTS, mode: 'Disabled' }, logs: { enabled: true }, metrics: { enabled: true, refreshInterval: '1m30s' } },
      { name: 'local', socketPath: '/run/dp/kuma-otel-local.sock', endpoint: '', useHTTP: false, envPolicy: DEFAULTS, logs: { enabled: true }, traces: { enabled: true } },
    ] });
  });

  it('variables count for neither of two that would take them', () => {
    const blocked = { enabled: true, blockedReasons: ['MultipleBackendsForSignal'] };
    expect(read(viewOf([{ collector: collector('a'), signals: ['logs', 'traces'] }, { collector: collector('b'), signals: ['logs'] }]))).toMatchObject({ backends: [{ logs: blocked, traces: { enabled: true } }, { logs: blocked }] });
  });

  it('nothing where it does not forward, or nothing passes it', () => {
    const logs: NamedCollector = { collector: collector('a'), signals: ['logs'] };
    expect([otelDocument(viewOf([logs], { features: [] })), otelDocument(viewOf([])), otelDocument(viewOf([{ collector: collector('a', { protocol: 'http' }), signals: ['traces'] }]))]).toEqual([undefined, undefined, undefined]);
    expect([agentSocket(viewOf([]), 'a'), agentSocket(viewOf([], { features: [] }), 'a')]).toEqual(['/run/dp/kuma-otel-a.sock', undefined]);
    expect([isForwarded(viewOf([]), collector('a')), isForwarded(viewOf([]), { address: 'otel', port: 1, protocol: 'grpc' })]).toEqual([true, false]);
  });
});
