import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from './config.ts';
import { mergeConfig } from './merge-config.ts';
import { OPTIONS } from './options.ts';

const merge = (sources: Partial<Parameters<typeof mergeConfig>[0]>) => mergeConfig({ documents: [], env: {}, flags: {}, ...sources });
const file = (content: unknown, name = 'tp.yaml') => ({ name, content });

describe('configuration of a transparent proxy', () => {
  it('is that of Kuma without any source', () => {
    expect(merge({})).toEqual({ ok: true, value: DEFAULT_CONFIG });
  });

  it('takes files in order, then the environment, then flags', () => {
    const documents = [file({ redirect: { inbound: { port: 1, excludePorts: [1] }, outbound: { port: 1 } }, wait: 1 }), file({ redirect: { inbound: { port: 2 }, outbound: { port: 2 } } })];
    const env = { KUMA_TRANSPARENT_PROXY_REDIRECT_INBOUND_PORT: '3', KUMA_TRANSPARENT_PROXY_REDIRECT_OUTBOUND_PORT: '3', WEFT_TRANSPARENT_PROXY_REDIRECT_OUTBOUND_PORT: '4' };
    const merged = merge({ documents, env, flags: { 'redirect-inbound-port': '5' } });
    expect(merged).toMatchObject({ ok: true, value: { wait: 1, redirect: { inbound: { port: 5, excludePorts: ['1'], enabled: true }, outbound: { port: 4 } } } });
  });

  it('reads no environment without a file, as Kuma does', () => {
    expect(merge({ env: { KUMA_TRANSPARENT_PROXY_WAIT: '9' } })).toMatchObject({ value: { wait: 5 } });
    expect(merge({ env: { KUMA_TRANSPARENT_PROXY_WAIT: '9' }, documents: [file({})] })).toMatchObject({ value: { wait: 9 } });
  });

  it('names every mistake with its place', () => {
    const merged = merge({ documents: [file({ redirect: { inbound: { prot: 1, port: 70_000 } }, verbose: 'maybe' })], env: { KUMA_TRANSPARENT_PROXY_WAIT: 'x' }, flags: { 'vnet': ['docker0'], 'exclude-inbound-ports': '9-1', 'exclude-outbound-ports-for-uids': '*' } });
    expect(merged).toMatchObject({ ok: false });
    expect(merged.ok ? [] : merged.error.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'tp.yaml: redirect.inbound.prot: is no option of a transparent proxy',
      'tp.yaml: redirect.inbound.port: "70000" is no whole number from 1 to 65535',
      'tp.yaml: verbose: "maybe" is not true or false',
      'KUMA_TRANSPARENT_PROXY_WAIT: "x" is no whole number from 0',
      '--exclude-inbound-ports: "9-1" is neither a port nor a range such as 8000-8010',
      '--exclude-outbound-ports-for-uids: "*" is not of the form [tcp|udp|*:][ports:]uid or uid-uid',
      '--vnet: "docker0" is not of the form interface:CIDR, such as docker0:172.17.0.0/16',
    ]);
  });

  it('has a default for every option, and variables spelt as Kuma spells them', () => {
    const valueAt = (key: string): unknown => key.split('.').reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], DEFAULT_CONFIG);
    for (const { key } of OPTIONS) expect(valueAt(key), key).toBeDefined();
    expect(OPTIONS.map(({ variable }) => variable)).toEqual(expect.arrayContaining([
      'KUMA_DP_USER', 'IP_FAMILY_MODE', 'REDIRECT_OUTBOUND_EXCLUDE_PORTS_FOR_UIDS', 'REDIRECT_INBOUND_EXCLUDE_PORTS_FOR_IPS', 'REDIRECT_INBOUND_INSERT_REDIRECT_INSTEAD_OF_APPEND',
      'REDIRECT_DNS_CAPTURE_ALL', 'REDIRECT_DNS_SKIP_CONNTRACK_ZONE_SPLIT', 'RETRY_SLEEP_BETWEEN_RETRIES', 'IPTABLES_EXECUTABLES', 'EBPF_INSTANCE_IP', 'STORE_FIREWALLD',
    ]));
  });
});
