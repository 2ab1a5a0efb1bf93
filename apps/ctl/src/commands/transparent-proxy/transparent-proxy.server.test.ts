import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { NamespaceNetwork, probeNetNamespaces, type CommandResult, type NamespaceOptions, type NetNamespace } from '@weft/net-namespace';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PROXY_UID = 5678;
const APP = { as: { uid: 1000, readsAll: true } };
const PROXY = { as: { uid: PROXY_UID, readsAll: true } };
const PASSWD = `root:x:0:0::/root:/bin/sh\nweft-dp:x:${PROXY_UID}:${PROXY_UID}::/nonexistent:/usr/sbin/nologin\n`;

/** TCP servers that answer with their port, and UDP servers that answer with a word. */
const LISTENER = `
const [tcp, udp] = JSON.parse(process.argv[1]);
const { createServer } = require('node:net');
const dgram = require('node:dgram');
let open = tcp.length + udp.length * 2;
const up = () => { if (--open === 0) console.log('listening'); };
for (const port of tcp) createServer((s) => { s.on('error', () => {}); s.end(String(port)); }).listen(port, '::', up);
for (const [port, word] of udp) for (const type of ['udp4', 'udp6']) {
  const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6' });
  socket.on('message', (_, from) => socket.send(word, from.port, from.address)).bind(port, up);
}`;
const DIAL = `require('node:net').connect(Number(process.argv[2]), process.argv[1]).on('error', (e) => console.log(e.code)).on('data', (d) => console.log(String(d)));`;
const ASK = `
const socket = require('node:dgram').createSocket(process.argv[1].includes(':') ? 'udp6' : 'udp4');
socket.on('message', (m) => { console.log(String(m)); socket.close(); }).bind(Number(process.argv[2]), () => socket.send('q', 53, process.argv[1]));`;

describe.skipIf(await withoutNamespaces())('weftctl install transparent-proxy', () => {
  let folder: string;
  let network: NamespaceNetwork;
  let outside: NetNamespace;
  let count = 0;

  beforeAll(async () => {
    expect(await probeNetNamespaces()).toEqual({ ok: true, value: true });
    folder = mkdtempSync(join(tmpdir(), 'weftctl-tp-'));
    const banner = "import { createRequire as weftCreateRequire } from 'node:module'; const require = weftCreateRequire(import.meta.url);";
    await build({ entryPoints: [join(import.meta.dirname, '../../main.ts')], outfile: join(folder, 'weftctl.mjs'), bundle: true, platform: 'node', format: 'esm', banner: { js: banner }, logLevel: 'error' });
    network = await NamespaceNetwork.create();
    outside = await network.add('outside');
    await listen(outside, [80, 3306], [[53, 'real']]);
  });
  afterAll(async () => {
    await network.close();
    rmSync(folder, { recursive: true });
  });

  /** A host of its own. Its DNS servers are the namespace `outside`. */
  async function host(options: NamespaceOptions = {}): Promise<NetNamespace> {
    const servers = [outside.addresses.ipv4, outside.addresses.ipv6].map((address) => `nameserver ${address ?? ''}\n`).join('');
    return network.add(`host${++count}`, { ...options, files: { 'passwd': PASSWD, 'resolv.conf': servers, ...options.files } });
  }

  async function listen(where: NetNamespace, tcp: readonly number[], udp: readonly (readonly [number, string])[], as?: { uid: number }): Promise<void> {
    const child = where.spawn([process.execPath, '-e', LISTENER, JSON.stringify([tcp, udp])], { ...(as !== undefined && { as }), stdio: ['ignore', 'pipe', 'inherit'] });
    await once(createInterface({ input: child.stdout! }), 'line');
  }
  const proxy = (where: NetNamespace): Promise<void> => listen(where, [15001, 15006], [[15053, 'redirected']], PROXY.as);
  const weftctl = (where: NetNamespace, args: string, options: Parameters<NetNamespace['run']>[1] = {}): Promise<CommandResult> => where.run([process.execPath, join(folder, 'weftctl.mjs'), ...args.split(' ')], options);
  const install = async (where: NetNamespace, flags = ''): Promise<string> => {
    const result = await weftctl(where, `install transparent-proxy ${flags}`.trim());
    expect(result).toMatchObject({ code: 0 });
    return result.stdout;
  };
  const dial = async (from: NetNamespace, address: string | undefined, port: number, as: typeof APP = APP): Promise<string> => (await from.run([process.execPath, '-e', DIAL, address ?? '', String(port)], as)).stdout.trim();
  const ask = async (from: NetNamespace, address: string | undefined, port: number, as: typeof APP = APP): Promise<string> => (await from.run([process.execPath, '-e', ASK, address ?? '', String(port)], as)).stdout.trim();
  /** All rules, chains and policies; tables that only exist and hold nothing do not count. */
  const rules = async (where: NetNamespace, program = 'iptables'): Promise<string[]> => {
    const saved = await where.run([`${program}-save`]);
    return saved.stdout.split('\n').map((line) => line.replace(/ \[\d+:\d+\]$/, '')).filter((line) => line !== '' && !/^(#|\*|COMMIT)/.test(line) && !/^:\w+ ACCEPT$/.test(line));
  };

  it.each(['ipv4', 'ipv6'] as const)('redirects connections and DNS of apps, and not those of the proxy (%s)', async (family) => {
    const one = await host();
    await install(one, '--redirect-dns --exclude-inbound-ports 22 --exclude-outbound-ports 3306 --exclude-outbound-ports-for-uids tcp:80:2000');
    await proxy(one);
    await listen(one, [22, 8080], []);
    const [inside, away] = [one.addresses[family], outside.addresses[family]];
    expect(await dial(outside, inside, 8080)).toBe('15006');
    expect(await dial(outside, inside, 22)).toBe('22');
    expect(await dial(one, away, 80)).toBe('15001');
    expect(await dial(one, family === 'ipv4' ? '240.0.0.9' : 'fd00:fd00::9', 80)).toBe('15001');
    expect(await dial(one, away, 3306)).toBe('3306');
    expect(await dial(one, away, 80, PROXY)).toBe('80');
    expect(await dial(one, away, 80, { as: { uid: 2000, readsAll: true } })).toBe('80');
    expect(await dial(one, family === 'ipv4' ? '127.0.0.1' : '::1', 8080)).toBe('8080');
    expect(await dial(one, inside, 8080)).toBe('8080');
    expect(await dial(one, inside, 8080, PROXY)).toBe('15006');
    // From one source port: without zones of their own, one of the two would be taken for the other.
    expect(await ask(one, away, 40_000)).toBe('redirected');
    expect(await ask(one, away, 40_000, PROXY)).toBe('real');
  });

  it('leaves out addresses and networks', async () => {
    const one = await host();
    await install(one, `--exclude-outbound-ips ${outside.addresses.ipv4 ?? ''}/32 --exclude-inbound-ips ${outside.addresses.ipv6 ?? ''}`);
    await proxy(one);
    await listen(one, [8080], []);
    expect(await dial(one, outside.addresses.ipv4, 80)).toBe('80');
    expect(await dial(one, outside.addresses.ipv6, 80)).toBe('15001');
    expect(await dial(outside, one.addresses.ipv4, 8080)).toBe('15006');
    expect(await dial(outside, one.addresses.ipv6, 8080)).toBe('8080');
    expect(await ask(one, outside.addresses.ipv6, 0)).toBe('real');
  });

  it('leaves the rules that are there, their counters too, and is undone without a trace', async () => {
    const one = await host();
    const own = '*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n*nat\n:MINE - [0:0]\n-A OUTPUT -d 192.0.2.1/32 -j MINE\nCOMMIT\n';
    for (const program of ['iptables', 'ip6tables']) expect(await one.run([`${program}-restore`], { input: program === 'iptables' ? own : own.replace('192.0.2.1/32', '2001:db8::1/128') })).toMatchObject({ code: 0 });
    await one.run([process.execPath, '-e', DIAL, '127.0.0.1', '1']);
    const counted = async (): Promise<number> => Number(/Chain INPUT[\s\S]*?\n\s+(\d+)/.exec((await one.run(['iptables', '-L', 'INPUT', '-v', '-n', '-x'])).stdout)?.[1]);
    const [before, before6, packets] = [await rules(one), await rules(one, 'ip6tables'), await counted()];
    expect(packets).toBeGreaterThan(0);
    await install(one, '--redirect-dns --drop-invalid-packets --iptables-logs');
    const [installed, installed6] = [await rules(one), await rules(one, 'ip6tables')];
    expect(installed).toEqual(expect.arrayContaining(before));
    expect(installed.length).toBeGreaterThan(before.length + 20);
    expect((await one.run(['ip', '-6', 'address', 'show', 'dev', 'lo'])).stdout).toContain('::6/128');

    await install(one, '--redirect-dns --drop-invalid-packets --iptables-logs');
    expect([await rules(one), await rules(one, 'ip6tables')]).toEqual([installed, installed6]);
    const dryUninstall = await weftctl(one, 'uninstall transparent-proxy --dry-run');
    expect(dryUninstall.stdout.match(/^-X KUMA_MESH_INBOUND$/gm)).toHaveLength(2);
    expect(await rules(one)).toEqual(installed);

    expect(await weftctl(one, 'uninstall transparent-proxy')).toMatchObject({ code: 0, stdout: expect.stringContaining('# transparent proxy cleanup completed successfully') });
    expect([await rules(one), await rules(one, 'ip6tables')]).toEqual([before, before6]);
    expect(await counted()).toBeGreaterThanOrEqual(packets);
    expect((await one.run(['ip', '-6', 'address', 'show', 'dev', 'lo'])).stdout).not.toContain('::6/128');
    expect(await weftctl(one, 'uninstall transparent-proxy')).toMatchObject({ code: 0, stdout: '# no transparent proxy rules detected. No cleanup necessary\n' });
  });

  it('works on a host with IPv6 alone', async () => {
    const one = await host({ families: ['ipv6'], files: { 'resolv.conf': `nameserver ${outside.addresses.ipv6 ?? ''}\n` } });
    await install(one, '--redirect-dns --ip-family-mode ipv6');
    await proxy(one);
    expect(await rules(one)).toEqual([]);
    expect(await dial(one, outside.addresses.ipv6, 80)).toBe('15001');
    expect(await dial(outside, one.addresses.ipv6, 80)).toBe('15006');
    expect(await ask(one, outside.addresses.ipv6, 0)).toBe('redirected');
    const both = await weftctl(one, 'install transparent-proxy --redirect-dns');
    expect(both).toMatchObject({ code: 0, stderr: '# [WARNING] /etc/resolv.conf names no IPv4 server: DNS is not redirected over IPv4\n' });
    expect(await dial(one, outside.addresses.ipv6, 80)).toBe('15001');
  });

  it('goes without IPv6 where there is none', async () => {
    const one = await host({ families: ['ipv4'] });
    await one.run(['sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6']);
    expect(await weftctl(one, 'install transparent-proxy')).toMatchObject({ code: 0, stderr: '# [WARNING] IPv6 cannot be used here: only IPv4 is redirected\n' });
    expect(await rules(one, 'ip6tables')).toEqual([]);
  });

  it('uses the variant of iptables in which the host keeps its rules, and uninstalls from both', async () => {
    const one = await host();
    await one.run(['iptables-legacy', '-t', 'nat', '-A', 'OUTPUT', '-d', '192.0.2.1', '-j', 'RETURN']);
    await install(one);
    expect((await rules(one, 'iptables-legacy')).join('\n')).toContain('KUMA_MESH_OUTBOUND');
    expect(await rules(one, 'iptables-nft')).toEqual([]);
    await weftctl(one, 'uninstall transparent-proxy');
    expect(await rules(one, 'iptables-legacy')).toEqual(['-A OUTPUT -d 192.0.2.1/32 -j RETURN']);
    expect(await rules(one, 'ip6tables')).toEqual([]);
  });

  it('takes options from files and variables, and prints without changing anything in a dry run', async () => {
    const one = await host();
    const file = join(folder, 'tp.yaml');
    writeFileSync(file, 'kumaDPUser: weft-dp\nredirect:\n  inbound: {port: 1111, includePorts: [80]}\n');
    const dry = await weftctl(one, `install transparent-proxy --config ${file} --dry-run --disable-comments --redirect-outbound-port=2222`, { env: { ...process.env, KUMA_TRANSPARENT_PROXY_IP_FAMILY_MODE: 'ipv4' } });
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^### IPv4 ###\n\n\*nat\n/);
    expect(dry.stdout).toContain('-A KUMA_MESH_INBOUND -p tcp --dport 80 -j KUMA_MESH_INBOUND_REDIRECT\n');
    expect(dry.stdout).toContain('--to-ports 1111\n');
    expect(dry.stdout).toContain('--to-ports 2222\n');
    expect(dry.stdout).not.toContain('IPv6');
    expect(await rules(one)).toEqual([]);
  });

  it('refuses plainly what cannot be', async () => {
    const one = await host({ files: { passwd: 'root:x:0:0::/root:/bin/sh\n' } });
    const refusal = async (args: string, options?: Parameters<NetNamespace['run']>[1]): Promise<string> => {
      const { code, stderr } = await weftctl(one, args, options);
      expect(code).toBe(1);
      return stderr;
    };
    expect(await refusal('install transparent-proxy', APP)).toMatch(/^Error: you need to have root privileges to run this command\. Run: sudo weftctl install transparent-proxy/);
    expect(await refusal('uninstall transparent-proxy', APP)).toContain('sudo weftctl uninstall transparent-proxy');
    expect(await refusal('install transparent-proxy --kuma-dp-user nobody-here')).toContain("the specified UID or username ('nobody-here') does not refer to a valid user on the host");
    expect(await refusal('install transparent-proxy')).toContain("user with the default UID ('5678') or username ('kuma-dp' or 'weft-dp') could not be found");
    expect(await refusal('install transparent-proxy --redirect-dns --redirect-all-dns-traffic')).toContain('not both');
    expect(await refusal('install transparent-proxy --ebpf-enabled')).toContain('--ebpf-enabled is not supported');
    expect(await refusal('install transparent-proxy --store-firewalld')).toContain('--store-firewalld is not supported');
    expect(await refusal('install transparent-proxy --redirect-inbound-port many')).toContain('--redirect-inbound-port: "many" is no whole number');
    expect(await refusal('install transparent-proxy --nonsense')).toContain("unknown option '--nonsense'");
    expect(await weftctl(one, 'install transparent-proxy --dry-run --kuma-dp-user root', APP)).toMatchObject({ code: 0, stderr: '# [WARNING] [dry-run]: running this command as a non-root user may lead to unpredictable results\n' });
    expect(await weftctl(one, 'uninstall transparent-proxy')).toMatchObject({ code: 0 });
    expect(await rules(one)).toEqual([]);
  });

  it('says that rules without comments cannot be told from others', async () => {
    const one = await host();
    await install(one, '--disable-comments --ip-family-mode ipv4');
    expect(await weftctl(one, 'uninstall transparent-proxy')).toMatchObject({ code: 1, stderr: expect.stringContaining('remove them by hand') });
  });

  it('is checked by the validator, as the proxy\'s user', async () => {
    const one = await host();
    expect(await weftctl(one, 'install transparent-proxy-validator', PROXY)).toMatchObject({ code: 1, stderr: expect.stringContaining('Error: validation failed: 127.0.0.6') });
    await install(one);
    expect(await weftctl(one, 'install transparent-proxy-validator', PROXY)).toMatchObject({ code: 0, stdout: expect.stringContaining('IPv6: connections are redirected\nvalidation successful') });
  });
});
