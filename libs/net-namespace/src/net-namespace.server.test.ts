import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clearLeftovers } from './clear-leftovers.ts';
import { NamespaceNetwork } from './namespace-network.ts';
import { probeNetNamespaces } from './probe.ts';
import { withoutNamespaces } from './testing.ts';

const ours = (prefix: string): string[] => [
  ...(existsSync('/run/netns') ? readdirSync('/run/netns') : []),
  ...(existsSync('/etc/netns') ? readdirSync('/etc/netns') : []),
].filter((name) => name.startsWith(prefix));

describe.skipIf(await withoutNamespaces())('network namespaces', () => {
  const opened: NamespaceNetwork[] = [];
  const network = async (): Promise<NamespaceNetwork> => {
    const made = await NamespaceNetwork.create();
    opened.push(made);
    return made;
  };
  beforeAll(async () => expect(await probeNetNamespaces()).toEqual({ ok: true, value: true }));
  afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())));

  it('reach each other and the machine over IPv4 and IPv6', async () => {
    const made = await network();
    const [a, b] = [await made.add('a'), await made.add('b', { families: ['ipv6'] })];
    expect(b.addresses.ipv4).toBeUndefined();
    const server = b.spawn([process.execPath, '-e', 'require("net").createServer((s)=>s.end(s.remoteAddress)).listen(80, "::", ()=>console.log("on"))'], { as: { uid: 5678 }, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout!, 'data');
    const dial = (host: string, port: number): string[] => [process.execPath, '-e', `require("net").connect(${port}, "${host}").on("error",(e)=>console.log(e.code)).pipe(process.stdout)`];
    expect(await a.run(dial(b.addresses.ipv6 ?? '', 80))).toEqual({ code: 0, stdout: a.addresses.ipv6, stderr: '' });
    expect((await a.run(dial(made.host.ipv4, 1))).stdout).toBe('ECONNREFUSED\n');
    expect((await a.run(dial(made.host.ipv6, 1))).stdout).toBe('ECONNREFUSED\n');
  });

  it('run commands as another user, with files of their own in /etc', async () => {
    const made = await network();
    const one = await made.add('one', { files: { 'resolv.conf': 'nameserver 192.0.2.1\n' } });
    expect((await one.run(['cat', '/etc/resolv.conf'])).stdout).toBe('nameserver 192.0.2.1\n');
    expect((await one.run(['id', '-u'], { as: { uid: 5678 } })).stdout).toBe('5678\n');
    expect((await one.run(['cat', '/etc/shadow'], { as: { uid: 5678 } })).code).toBe(1);
    expect((await one.run(['cat', '/etc/shadow'], { as: { uid: 5678, readsAll: true } })).code).toBe(0);
  });

  it('leave nothing behind when closed, not even processes', async () => {
    const made = await network();
    const one = await made.add('one', { files: { hosts: '127.0.0.1 localhost\n' } });
    const child = one.spawn(['sleep', '1000'], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    expect(ours(one.name)).toHaveLength(2);
    await made.close();
    expect((await ended)[1]).toBe('SIGKILL');
    expect(ours(one.name)).toEqual([]);
    expect(readdirSync('/sys/class/net').filter((name) => name.startsWith(`wn${process.pid}-`))).toEqual([]);
    await made.close();
  });

  it('go with an owner that is killed, and at the next start at the latest', async () => {
    const program = `import { NamespaceNetwork } from '${import.meta.dirname}/index.ts'; const n = await NamespaceNetwork.create(); const one = await n.add('one'); one.spawn(['sleep', '1000'], { stdio: 'ignore' }); console.log(one.name); setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [name] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    const prefix = `${name.split('-').slice(0, 3).join('-')}-`;
    expect(ours(prefix).length).toBeGreaterThan(1);
    const ended = once(owner, 'exit');
    owner.kill('SIGKILL');
    await ended;
    await expect.poll(async () => { await clearLeftovers(); return ours(prefix); }, { timeout: 20_000 }).toEqual([]);
    expect(readdirSync('/sys/class/net').filter((link) => link.startsWith(`wn${owner.pid}-`))).toEqual([]);
  });
});
