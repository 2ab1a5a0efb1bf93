import type { Violation } from '@weft/kernel';
import type { ConfigValue } from './config-key.ts';

type Values = ReadonlyMap<string, ConfigValue>;
type Rule = (values: Values) => readonly Violation[];

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const CIPHERS = /^TLS_[A-Z0-9_]+$/;

/** What goes beyond one value's own form. Paths name the key to change. */
const RULES: readonly Rule[] = [
  oneOf('mode', ['zone', 'global']),
  oneOf('environment', ['universal', 'kubernetes']),
  oneOf('store.type', ['memory', 'embedded', 'redis'], { postgres: 'Weft has no Postgres store: use embedded (one control plane) or redis (several)', kubernetes: 'Weft has no Kubernetes store yet: use embedded or redis' }),
  oneOf('bus.type', ['memory', 'nats']),
  oneOf('xdsServer.leafKeyType', ['ec-p256', 'rsa-2048']),
  oneOf('kds.auth', ['token', 'none']),
  oneOf('log.level', ['off', 'error', 'warn', 'info', 'debug']),
  oneOf('log.format', ['', 'plain', 'json']),
  oneOf('apiServer.authn.type', ['tokens'], { adminClientCerts: 'Weft knows administrators by their tokens: use tokens' }),
  oneOf('dpServer.authn.dpProxy.type', ['', 'dpToken', 'serviceAccountToken', 'none']),
  oneOf('dpServer.authn.zoneProxy.type', ['', 'zoneToken', 'serviceAccountToken', 'none']),
  oneOf('access.type', ['static']),
  ...['general', 'apiServer.https', 'dpServer', 'multizone.global.kds', 'monitoringAssignmentServer', 'diagnostics', 'interCp.server'].map(tlsLimits),
  ...['general', 'apiServer.https', 'dpServer', 'multizone.global.kds', 'monitoringAssignmentServer', 'diagnostics'].map(certificatePair),
  ...['dnsServer.CIDR', 'ipam.meshService.cidr', 'ipam.meshExternalService.cidr', 'ipam.meshMultiZoneService.cidr'].map(cidr),
  (values) => (text(values, 'dnsServer.domain').startsWith('.') ? [at('dnsServer.domain', 'it must not begin with a dot')] : []),
  (values) => (values.get('dnsServer.serviceVipPort') === 0 ? [at('dnsServer.serviceVipPort', 'it must not be 0: proxies listen on it')] : []),
  zoneName,
  globalAddress,
  (values) => (values.get('bus.type') === 'nats' && (values.get('bus.nats.servers') as readonly string[]).length === 0 ? [at('bus.nats.servers', 'name at least one server, such as nats://127.0.0.1:4222')] : []),
  (values) => (values.get('store.type') === 'redis' && !/^rediss?:\/\//.test(text(values, 'store.redis.url')) ? [at('store.redis.url', 'it must be a URL such as redis://127.0.0.1:6379')] : []),
  (values) => (text(values, 'apiServer.basePath').startsWith('/') ? [] : [at('apiServer.basePath', 'it must begin with a slash')]),
];

/** Every rule that the values break, in the order of {@link RULES}. */
export function checkConfig(values: Values): readonly Violation[] {
  return RULES.flatMap((rule) => rule(values));
}

function oneOf(path: string, allowed: readonly string[], hints: Readonly<Record<string, string>> = {}): Rule {
  return (values) => {
    const value = text(values, path);
    if (allowed.includes(value) || (path === 'mode' && value === 'standalone')) return [];
    return [at(path, hints[value] ?? `"${value}" is not known: use ${allowed.filter((name) => name !== '').join(', ')}`)];
  };
}

function tlsLimits(section: string): Rule {
  return (values) => [
    ...['tlsMinVersion', 'tlsMaxVersion']
      .filter((key) => !['', 'TLSv1_2', 'TLSv1_3', undefined].includes(values.get(`${section}.${key}`) as string))
      .map((key) => at(`${section}.${key}`, 'use TLSv1_2 or TLSv1_3')),
    ...((values.get(`${section}.tlsCipherSuites`) ?? []) as readonly string[])
      .filter((name) => !CIPHERS.test(name))
      .map((name) => at(`${section}.tlsCipherSuites`, `"${name}" is no IANA cipher name, such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`)),
  ];
}

function certificatePair(section: string): Rule {
  return (values) => {
    const [cert, key] = [`${section}.tlsCertFile`, `${section}.tlsKeyFile`];
    const [certGiven, keyGiven] = [text(values, cert) !== '', text(values, key) !== ''];
    if (certGiven === keyGiven) return [];
    return [at(certGiven ? key : cert, `it must be set because ${certGiven ? cert : key} is: a certificate needs its key`)];
  };
}

function cidr(path: string): Rule {
  return (values) => {
    const [address = '', bits = '', ...rest] = text(values, path).split('/');
    const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.test(address) && address.split('.').every((part) => Number(part) <= 255) && Number(bits) <= 32;
    const v6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/.test(address) && Number(bits) <= 128;
    return rest.length === 0 && /^\d+$/.test(bits) && (v4 || v6) ? [] : [at(path, `"${text(values, path)}" is no address range, such as 240.0.0.0/4`)];
  };
}

function zoneName(values: Values): readonly Violation[] {
  const name = text(values, 'multizone.zone.name');
  if (text(values, 'mode') === 'global' || DNS_LABEL.test(name)) return [];
  return [at('multizone.zone.name', `"${name}" is no zone name: use lower-case letters, digits and dashes, at most 63`)];
}

function globalAddress(values: Values): readonly Violation[] {
  const address = text(values, 'multizone.zone.globalAddress');
  if (address === '' || text(values, 'mode') === 'global' || /^grpcs?:\/\/./.test(address)) return [];
  return [at('multizone.zone.globalAddress', `"${address}" must begin with grpc:// or grpcs://, such as grpcs://global.example:5685`)];
}

function text(values: Values, path: string): string {
  const value = values.get(path);
  return typeof value === 'string' ? value : '';
}

function at(path: string, message: string): Violation {
  return { path, message };
}
