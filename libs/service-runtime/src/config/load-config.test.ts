import fc from 'fast-check';
import { MeshError } from '@weft/kernel';
import { describe, expect, test } from 'vitest';
import { CONFIG_KEYS } from './config-keys.ts';
import { loadConfig, type ConfigSources } from './load-config.ts';

const file = (text: string) => ({ name: 'weft.yaml', text });
const load = (sources: Partial<ConfigSources> = {}) => loadConfig({ env: {}, ...sources });

function violationsOf(sources: Partial<ConfigSources>): readonly string[] {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof MeshError) return error.violations.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('sources', () => {
  test('defaults alone are right, and give nested sections', () => {
    const { tree, warnings } = load();
    expect(warnings).toEqual([]);
    expect(tree).toMatchObject({
      mode: 'zone', store: { type: 'embedded' }, bus: { type: 'memory' }, dpServer: { port: 5678 }, diagnostics: { serverPort: 5680 },
      apiServer: { http: { port: 5681 }, idleTimeout: 120_000 }, dnsServer: { CIDR: '240.0.0.0/4', serviceVipPort: 80 },
    });
  });

  test('variables beat the file, WEFT_ beats KUMA_, flags beat all; key names ignore case', () => {
    const text = 'apiServer:\n  HTTP:\n    port: 1\n    interface: 127.0.0.1\ndpServer: {port: 2}\n';
    const env = { KUMA_API_SERVER_HTTP_PORT: '11', KUMA_DP_SERVER_PORT: '12', WEFT_DP_SERVER_PORT: '13' };
    const { tree, origins } = load({ file: file(text), env, flags: { 'store.type': 'memory' } });
    expect(tree).toMatchObject({ apiServer: { http: { port: 11, interface: '127.0.0.1' } }, dpServer: { port: 13 }, store: { type: 'memory' } });
    expect(origins.get('apiServer.http.interface')).toBe('weft.yaml:4');
  });

  test('a list replaces its default, a map is merged, a section without content keeps its defaults', () => {
    const text = 'general:\nipam:\n  knownInternalCIDRs: [10.0.0.0/8]\nruntime:\n  kubernetes:\n    injector:\n      exceptions:\n        labels: {mine: "*"}\n';
    const { tree, values } = load({ file: file(text) });
    expect(tree).toMatchObject({ ipam: { knownInternalCIDRs: ['10.0.0.0/8'] }, general: { dnsCacheTTL: 10_000 } });
    expect(Object.keys(values.get('runtime.kubernetes.injector.exceptions.labels') as object)).toHaveLength(3);
  });

  test.each([
    ['apiServer.readTimeout', 'KUMA_API_SERVER_READ_TIMEOUT', '1m30s', 90_000],
    ['apiServer.readOnly', 'KUMA_API_SERVER_READ_ONLY', 'T', true],
    ['apiServer.corsAllowedDomains', 'KUMA_API_SERVER_CORS_ALLOWED_DOMAINS', 'a,b', ['a', 'b']],
    ['apiServer.corsAllowedDomains', 'KUMA_API_SERVER_CORS_ALLOWED_DOMAINS', '', []],
    ['bus.nats.servers', 'WEFT_BUS_NATS_SERVERS', 'nats://a:1,nats://b:2', ['nats://a:1', 'nats://b:2']],
    ['access.static.viewConfigDump.users', 'KUMA_ACCESS_STATIC_GET_CONFIG_DUMP_USERS', 'ann', ['ann']],
  ])('%s from %s=%s', (path, variable, text, value) => {
    expect(load({ env: { [variable]: text } }).values.get(path)).toEqual(value);
  });

  test('a bare number as a duration in the file is nanoseconds', () => {
    expect(load({ file: file('apiServer: {readTimeout: 2000000000}') }).values.get('apiServer.readTimeout')).toBe(2000);
  });
});

describe('refusals name the key, where it was given, and what would be right', () => {
  test.each<[string, Partial<ConfigSources>, string]>([
    ['a word as port', { file: file('\ndpServer:\n  port: many\n') }, 'dpServer.port (weft.yaml:3): it must be a whole number, not string "many"'],
    ['a port out of range', { env: { KUMA_DP_SERVER_PORT: '70000' } }, 'dpServer.port (variable KUMA_DP_SERVER_PORT): 70000 is no port: use 0 to 65535 (0 takes a free one)'],
    ['an empty number', { env: { KUMA_DP_SERVER_PORT: '' } }, 'dpServer.port (variable KUMA_DP_SERVER_PORT): "" is no whole number'],
    ['a bad duration', { env: { KUMA_API_SERVER_READ_TIMEOUT: 'soon' } }, 'apiServer.readTimeout (variable KUMA_API_SERVER_READ_TIMEOUT): invalid duration "soon": write a number and a unit, such as 10s, 1.5m or 250ms'],
    ['a store of Kuma', { env: { KUMA_STORE_TYPE: 'postgres' } }, 'store.type (variable KUMA_STORE_TYPE): Weft has no Postgres store: use embedded (one control plane) or redis (several)'],
    ['a mode', { env: { KUMA_MODE: 'galactic' } }, 'mode (variable KUMA_MODE): "galactic" is not known: use zone, global'],
    ['administrators by certificate', { env: { KUMA_API_SERVER_AUTHN_TYPE: 'adminClientCerts' } }, 'apiServer.authn.type (variable KUMA_API_SERVER_AUTHN_TYPE): Weft knows administrators by their tokens: use tokens'],
    ['half a pair', { file: file('dpServer: {tlsCertFile: a.crt}') }, 'dpServer.tlsKeyFile (default): it must be set because dpServer.tlsCertFile is: a certificate needs its key'],
    ['a range', { env: { KUMA_DNS_SERVER_CIDR: '240.0.0.0' } }, 'dnsServer.CIDR (variable KUMA_DNS_SERVER_CIDR): "240.0.0.0" is no address range, such as 240.0.0.0/4'],
    ['a global address', { env: { KUMA_MULTIZONE_ZONE_GLOBAL_ADDRESS: 'http://x' } }, 'multizone.zone.globalAddress (variable KUMA_MULTIZONE_ZONE_GLOBAL_ADDRESS): "http://x" must begin with grpc:// or grpcs://, such as grpcs://global.example:5685'],
    ['a TLS version', { file: file('apiServer: {https: {tlsMinVersion: TLSv1_0}}') }, 'apiServer.https.tlsMinVersion (weft.yaml:1): use TLSv1_2 or TLSv1_3'],
  ])('%s', (_, sources, message) => {
    expect(violationsOf(sources)).toEqual([message]);
  });

  test('every violation at once', () => {
    expect(violationsOf({ env: { KUMA_MODE: 'x', KUMA_DP_SERVER_PORT: 'y' } })).toHaveLength(2);
  });

  test('broken YAML is named by line', () => {
    expect(violationsOf({ file: file('mode: zone\n  a: [\n') })[0]).toMatch(/^weft\.yaml:\d+: /);
    expect(violationsOf({ file: file('- a\n') })[0]).toContain('weft.yaml:1:');
  });
});

describe('warnings', () => {
  test('a key without meaning is accepted and named', () => {
    const { warnings } = load({ env: { KUMA_XDS_SERVER_DATAPLANE_CONFIGURATION_REFRESH_INTERVAL: '5s' } });
    expect(warnings).toEqual(['xdsServer.dataplaneConfigurationRefreshInterval (variable KUMA_XDS_SERVER_DATAPLANE_CONFIGURATION_REFRESH_INTERVAL) has no effect: Weft reacts to changes and polls nothing.']);
  });

  test('what would weaken a promise silently is named too', () => {
    const { warnings } = load({ file: file('apiServer: {auth: {clientCertsDir: certs}}\ndpServer: {tlsMinVersion: TLSv1_3}\n') });
    expect(warnings).toEqual([expect.stringContaining('apiServer.auth.clientCertsDir (weft.yaml:1) has no effect'), expect.stringContaining('dpServer.tlsMinVersion (weft.yaml:2) has no effect: servers of Weft speak TLS 1.2 and 1.3')]);
  });

  test('a misspelt key is named with what was meant, a misspelt variable too; others stay alone', () => {
    const { warnings } = load({ file: file('apiServer:\n  readOnyl: true\n'), env: { KUMA_DP_SERVER_PROT: '1', KUMA_DATAPLANE_NAME: 'x', WEFT_SECRETS_KEY: 'k' } });
    expect(warnings).toEqual(['weft.yaml:2: there is no key apiServer.readOnyl; is it apiServer.readOnly? It is left out.', 'there is no variable KUMA_DP_SERVER_PROT; is it KUMA_DP_SERVER_PORT? It is left out.']);
  });
});

test('no two keys share a path or a variable', () => {
  const paths = CONFIG_KEYS.map(([path]) => path.toLowerCase());
  const variables = CONFIG_KEYS.map(([, variable]) => variable).filter((variable) => variable !== '');
  expect(new Set(paths).size).toBe(paths.length);
  expect(new Set(variables).size).toBe(variables.length);
});

test('no file and no variable make loading throw anything but config/invalid', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('a: &x [*x]', 'mode: {a: 1}', '? [1]\n: 2', 'general: []', '%YAML'), fc.json());
  fc.assert(fc.property(text, fc.constantFrom(...CONFIG_KEYS), fc.string(), (yaml, key, value) => {
    try {
      load({ file: file(yaml), env: { [`KUMA_${key[1]}`]: value } });
    } catch (error) {
      expect(error).toBeInstanceOf(MeshError);
      expect((error as MeshError).code).toBe('config/invalid');
    }
  }));
});
