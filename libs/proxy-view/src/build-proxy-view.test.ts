import { MeshIndex } from '@weft/mesh-index';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { buildProxyView } from './build-proxy-view.ts';
import type { Naming } from './naming.ts';
import type { ProxyClient } from './proxy-view.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const made = (type: string, name: string, spec: unknown, mesh = 'default'): Resource => ({ type, name, mesh, labels: {}, creationTime: TIME, modificationTime: TIME, version: 1, spec });

const naming: Naming = {
  tagClusterName: (service, tags = {}) => [service, ...Object.values(tags)].join('-'),
  resourceClusterName: (mesh, { name, port }) => `${mesh}_${name}_${port}`,
  tagSni: (service, _tags, mesh) => `${service}{mesh=${mesh}}`,
  hashSni: (mesh, { name }) => `hash.${name}.${mesh}`,
  kriSni: (mesh, { name, sectionName }) => `sni.${mesh}.${name}.${sectionName}`,
  matchesHash: (matches) => JSON.stringify(matches),
  identitySecretName: (mesh) => `identity:${mesh}`,
  caSecretName: (mesh) => `ca:${mesh}`,
};

const client = (name: string, features: readonly string[] = []): ProxyClient => ({
  key: { mesh: 'default', name }, features: new Set(features), admin: undefined, readinessPort: undefined, dnsPort: undefined, workdir: '', ipv6Enabled: false, transparentProxy: undefined,
});

const mesh = (mode = 'STRICT', spec: object = {}) => made('Mesh', 'default', { mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin', mode }] }, ...spec }, '');
const redirection = { redirectPortInbound: 15006, redirectPortOutbound: 15001 };

function dataplane(name: string, address: string, inbounds: readonly object[], networking: object = {}): Resource {
  return made('Dataplane', name, { networking: { address, inbound: inbounds, ...networking } });
}

const inbound = (service: string, port: number, protocol = 'http', more: object = {}) => ({ port, tags: { 'kuma.io/service': service, 'kuma.io/protocol': protocol }, ...more });

function view(resources: readonly Resource[], features: readonly string[] = []) {
  const index = MeshIndex.rebuild((name) => weftRegistry.byName(name), resources);
  return buildProxyView({ index, naming, tlsReady: () => false }, client('web-1', features));
}

describe('inbounds', () => {
  it('leave out ignored ones and the port of services without one; the workload is beside the proxy', () => {
    const found = view([mesh(), dataplane('web-1', '10.0.0.1', [inbound('web', 80, 'http', { servicePort: 8080 }), inbound('web', 49151), inbound('web', 81, 'tcp', { state: 'Ignored' }), inbound('web', 82, 'smtp', { state: 'NotReady' })])]);
    expect(found?.inbounds.map(({ port, workload, protocol }) => [port, workload, protocol])).toEqual([
      [80, { address: '10.0.0.1', port: 8080 }, 'http'], [82, { address: '10.0.0.1', port: 82 }, 'tcp'],
    ]);
  });

  it('take their TLS mode from MeshTLS, else from the mesh', () => {
    const two = dataplane('web-1', '10.0.0.1', [inbound('web', 80, 'http', { name: 'open' }), inbound('web', 81, 'http', { name: 'closed' })]);
    const open = made('MeshTLS', 'open', { targetRef: { kind: 'Dataplane', sectionName: 'open' }, rules: [{ default: { mode: 'Permissive' } }] });
    const modes = (...resources: Resource[]) => view(resources)?.inbounds.map(({ tls }) => tls.mode);
    expect(modes(mesh(), two, open)).toEqual(['permissive', 'strict']);
    expect(modes(mesh('PERMISSIVE'), two)).toEqual(['permissive', 'permissive']);
    expect(modes(made('Mesh', 'default', {}, ''), two, open)).toEqual(['off', 'off']);
  });
});

describe('outbounds', () => {
  const vip = made('VirtualIp', '240.0.0.1', { hostname: 'api.mesh', service: 'api' }, '');
  const api = dataplane('api-1', '10.0.0.2', [inbound('api', 9000)]);
  const web = (transparentProxying: object = {}) => dataplane('web-1', '10.0.0.1', [inbound('web', 80)], { transparentProxying: { ...redirection, ...transparentProxying } });
  const places = (...resources: Resource[]) => view([mesh(), api, vip, ...resources])?.outboundGroup.outbounds.map(({ address, port }) => `${address}:${port}`);

  it('are there for each reachable VIP, on port 80 and the real one', () => {
    expect(places(web())).toEqual(['240.0.0.1:80', '240.0.0.1:9000']);
    expect(places(web({ reachableServices: ['other'] }))).toEqual([]);
    expect(view([mesh('STRICT', { meshServices: { mode: 'Exclusive' } }), api, vip, web()])?.outboundGroup.outbounds).toEqual([]);
  });

  it('are known by the names of their addresses; a name without an outbound is left out', () => {
    const silent = made('VirtualIp', '240.0.0.9', { hostname: 'nobody.mesh', service: 'nobody' }, '');
    const service: Resource = {
      ...made('MeshService', 'api', { selector: { dataplaneTags: { 'kuma.io/service': 'api' } }, ports: [{ port: 80, targetPort: 9000, appProtocol: 'http' }] }),
      status: { vips: [{ ip: '241.0.0.1' }], addresses: [{ hostname: 'api.svc.mesh.local', origin: 'HostnameGenerator' }] },
    };
    const found = view([mesh(), api, vip, silent, service, web()])?.outboundGroup.names;
    expect(found).toEqual([{ name: 'api.mesh', addresses: ['240.0.0.1'] }, { name: 'api.svc.mesh.local', addresses: ['241.0.0.1'] }]);
    expect(view([mesh(), api, vip, dataplane('web-1', '10.0.0.1', [inbound('web', 80)])])?.outboundGroup.names).toEqual([]);
  });

  it('lead to instances by their own addresses where the Dataplane asks for it, but not to itself nor where an outbound is', () => {
    const direct = (services: readonly string[]) => view([mesh(), api, vip, made('VirtualIp', '10.0.0.3', { hostname: 'odd.mesh', service: 'api' }, ''), dataplane('odd-1', '10.0.0.3', [inbound('odd', 9000), inbound('odd', 9001)]), web({ directAccessServices: services })])?.outboundGroup.directAccess;
    expect(direct(['api'])).toEqual([{ address: '10.0.0.2', port: 9000 }]);
    expect(direct(['*'])).toEqual([{ address: '10.0.0.2', port: 9000 }, { address: '10.0.0.3', port: 9001 }]);
    expect(direct([])).toEqual([]);
  });

  it('do not take the place of the proxy\'s own inbound', () => {
    expect(places(dataplane('web-1', '240.0.0.1', [inbound('web', 80)], { transparentProxying: redirection }))).toEqual(['240.0.0.1:9000']);
  });

  it('bind to their port unless connections are redirected', () => {
    const bound = (features: readonly string[], transparentProxying?: object) => view([mesh(), api, vip, dataplane('web-1', '10.0.0.1', [inbound('web', 80)], { outbound: [{ port: 1, tags: { 'kuma.io/service': 'api' } }], ...(transparentProxying !== undefined && { transparentProxying }) })], features)?.outboundGroup.outbounds.map(({ bindToPort }) => bindToPort);
    expect(bound([])).toEqual([true]);
    expect(bound([], redirection)).toEqual([false, false, false]);
    expect(bound(['feature-bind-outbounds'], redirection)).toEqual([true, true, true]);
  });

  it('lead to clusters that know whom to expect', () => {
    const [destination] = view([mesh(), api, vip, web()])?.outboundGroup.destinations ?? [];
    expect(destination).toMatchObject({ clusterName: 'api', protocol: 'http', tls: { sni: 'api{mesh=default}', spiffeIds: ['spiffe://default/api'] } });
  });

  it('fall back from a route whose backends are all unusable to the next match', () => {
    const route = made('MeshHTTPRoute', 'r', { to: [{ targetRef: { kind: 'MeshService', name: 'api' }, rules: [
      { matches: [{ path: { type: 'Exact', value: '/gone' } }], default: { backendRefs: [{ kind: 'MeshService', name: 'nobody' }] } },
      { matches: [{ path: { type: 'PathPrefix', value: '/a' } }, { path: { type: 'PathPrefix', value: '/longer' } }], default: {} },
    ] }] });
    const routes = view([mesh(), api, vip, web(), route])?.outboundGroup.outbounds[0]?.routes;
    expect(routes?.map(({ match }) => (match['path'] as { value: string }).value)).toEqual(['/longer', '/a', '/']);
    expect(routes?.every(({ backends }) => backends.length === 1 && backends[0]?.clusterName === 'api')).toBe(true);
  });
});

it('what no match of a MeshHTTPRoute takes comes after all of them', () => {
  const api = dataplane('api-1', '10.0.0.2', [inbound('api', 9000)]);
  const web = dataplane('web-1', '10.0.0.1', [inbound('web', 80)], { outbound: [{ port: 1, tags: { 'kuma.io/service': 'api' } }] });
  const route = (...matches: object[]) => made('MeshHTTPRoute', 'r', { to: [{ targetRef: { kind: 'MeshService', name: 'api' }, rules: [{ matches, default: {} }] }] });
  const order = (...matches: object[]) => view([mesh(), api, web, route(...matches)])?.outboundGroup.outbounds[0]?.routes.map(({ match }) => (match['path'] as { value: string } | undefined)?.value ?? 'any');
  const [method, expression, all] = [{ method: 'POST' }, { path: { type: 'RegularExpression', value: '/a.*' } }, { path: { type: 'PathPrefix', value: '/' } }];
  expect(order(method, expression)).toEqual(['/a.*', 'any', '/']);
  // Somebody wrote it, so it has its place among the prefixes.
  expect(order(method, expression, all)).toEqual(['/', '/a.*', 'any']);
});

describe('MeshTCPRoute', () => {
  const services = [dataplane('lines-1', '10.0.0.2', [inbound('lines', 9000, 'tcp')]), dataplane('echo-1', '10.0.0.3', [{ port: 9000, tags: { 'kuma.io/service': 'echo' } }]), dataplane('api-1', '10.0.0.4', [inbound('api', 9000)])];
  const web = dataplane('web-1', '10.0.0.1', [inbound('web', 80)], { outbound: [{ port: 1, tags: { 'kuma.io/service': 'lines' } }, { port: 2, tags: { 'kuma.io/service': 'api' } }] });
  const route = (name: string, service: string, ...backendRefs: object[]) => made('MeshTCPRoute', name, { to: [{ targetRef: { kind: 'MeshService', name: service }, rules: [{ default: { backendRefs } }] }] });
  const to = (name: string, weight = 1) => ({ kind: 'MeshService', name, weight });
  const outbounds = (...more: Resource[]) => view([mesh(), ...services, web, ...more])?.outboundGroup.outbounds.map(({ backends, routes }) => (routes.length > 0 ? 'routes' : backends.map(({ clusterName, weight }) => `${clusterName} ${weight}`).join()));

  it('leads connections; of references those of weight 0 and to nobody are left out', () => {
    expect(outbounds()).toEqual(['lines 100', 'routes']);
    expect(outbounds(route('r', 'lines', to('echo', 3), to('lines', 7), to('api', 0), to('absent')))).toEqual(['echo 3,lines 7', 'routes']);
    expect(outbounds(route('r', 'lines', to('absent')))).toEqual(['', 'routes']);
  });

  it('of the highest precedence counts as a whole', () => {
    expect(outbounds(route('a', 'lines', to('echo')), route('b', 'lines', to('api')))).toEqual(['echo 1', 'routes']);
  });

  it('takes an http service over where there is no MeshHTTPRoute', () => {
    const http = made('MeshHTTPRoute', 'h', { to: [{ targetRef: { kind: 'MeshService', name: 'api' }, rules: [] }] });
    expect(outbounds(route('r', 'api', to('lines')))).toEqual(['lines 100', 'lines 1']);
    expect(outbounds(route('r', 'api', to('lines')), http)).toEqual(['lines 100', 'routes']);
  });
});

describe('classes', () => {
  it('are shared by proxies that differ only in who they are', () => {
    const index = MeshIndex.rebuild((name) => weftRegistry.byName(name), [mesh(), dataplane('web-1', '10.0.0.1', [inbound('web', 80)]), dataplane('api-1', '10.0.0.2', [inbound('api', 90, 'tcp')])]);
    const keyOf = (name: string, features: readonly string[] = []) => buildProxyView({ index, naming, tlsReady: () => false }, client(name, features))?.outboundGroup.key;
    expect(keyOf('web-1')).toBe(keyOf('api-1'));
    expect(keyOf('web-1', ['feature-reuse-port'])).not.toBe(keyOf('web-1'));
  });

  it('are shared with access logs too, while Envoy knows by itself who logs; TCP logs have the agent\'s own socket in them', () => {
    const log = (backend: object) => made('MeshAccessLog', 'log', { to: [{ targetRef: { kind: 'Mesh' }, default: { backends: [backend] } }] });
    const keys = (backend: object, known: boolean): number => {
      const index = MeshIndex.rebuild((name) => weftRegistry.byName(name), [mesh(), log(backend), dataplane('web-1', '10.0.0.1', [inbound('web', 80)]), dataplane('api-1', '10.0.0.2', [inbound('api', 90)])]);
      const source = (address: string, service: string) => (known ? { source: { address, service, workload: '' } } : {});
      const clients = [{ ...client('web-1'), workdir: '/web', ...source('10.0.0.1', 'web') }, { ...client('api-1'), workdir: '/api', ...source('10.0.0.2', 'api') }];
      return new Set(clients.map((one) => buildProxyView({ index, naming, tlsReady: () => false }, one)?.outboundGroup.key)).size;
    };
    const file = { type: 'File', file: { path: '/log' } };
    expect([keys(file, true), keys(file, false), keys({ type: 'Tcp', tcp: { address: 'logs:1' } }, true)]).toEqual([1, 2, 2]);
  });

  it('the mesh\'s own backend of metrics counts where no MeshMetric does; the Dataplane may say otherwise', () => {
    const aggregate = [{ name: 'app', port: 80, path: '/m' }, { name: 'other', port: 81 }];
    const metered = mesh('STRICT', { metrics: { enabledBackend: 'p', backends: [{ name: 'p', type: 'prometheus', conf: { skipMTLS: true, aggregate, envoy: { usedOnly: true, filterRegex: 'http' } } }] } });
    const web = (own?: object) => made('Dataplane', 'web-1', { networking: { address: '10.0.0.1', inbound: [inbound('web', 80)] }, ...(own !== undefined && { metrics: { type: 'prometheus', conf: own } }) });
    const conf = (...resources: Resource[]) => view(resources)?.confs['MeshMetric'];
    const sidecar = { includeUnused: false, profiles: { appendProfiles: [{ name: 'None' }], include: [{ type: 'Regex', match: 'http' }] } };
    expect(conf(metered, web())).toEqual({ backends: [{ type: 'Prometheus', prometheus: { port: 5670, path: '/metrics', tls: { mode: 'Disabled' } } }], applications: [{ name: 'app', port: 80, path: '/m' }, { name: 'other', port: 81 }], sidecar });
    expect(conf(metered, web({ port: 1234, skipMTLS: false, aggregate: [{ name: 'app', enabled: false }] }))).toMatchObject({ backends: [{ prometheus: { port: 1234, tls: { mode: 'ActiveMTLSBackend' } } }], applications: [{ name: 'other', port: 81 }] });
    expect(conf(metered, web(), made('MeshMetric', 'm', { default: { backends: [] } }))).toEqual({ backends: [] });
    expect(conf(mesh(), web())).toBeUndefined();
  });

  it('a collector by reference is the oldest that carries its labels; one that does not exist gets nothing', () => {
    const backend = (name: string, address: string, at: string, label: string): Resource => ({ ...made('MeshOpenTelemetryBackend', name, { endpoint: { address } }), labels: { for: label }, creationTime: at });
    const trace = (backendRef: object) => made('MeshTrace', 't', { default: { backends: [{ type: 'OpenTelemetry', openTelemetry: { backendRef } }] } });
    const found = (backendRef: object) => view([mesh(), trace(backendRef), backend('new', 'b', '2026-02-01T00:00:00.000Z', 'all'), backend('old', 'a', TIME, 'all'), dataplane('web-1', '10.0.0.1', [inbound('web', 80)])])?.confs['MeshTrace'];
    expect(found({ kind: 'MeshOpenTelemetryBackend', labels: { for: 'all' } })).toEqual({ backends: [{ type: 'OpenTelemetry', openTelemetry: { collector: { name: 'old', address: 'a', port: 4317, protocol: 'grpc' } } }] });
    expect(found({ kind: 'MeshOpenTelemetryBackend', name: 'new' })).toMatchObject({ backends: [{ openTelemetry: { collector: { address: 'b' } } }] });
    expect(found({ kind: 'MeshOpenTelemetryBackend', labels: { for: 'nobody' } })).toEqual({ backends: [] });
  });
});
