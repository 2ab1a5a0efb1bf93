import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { describe, expect, it } from 'vitest';
import { TestProcess, until } from '../harness/processes.ts';

const DEMO = join(import.meta.dirname, '..', '..', 'apps/demo/dist/main.js');

const namespaces = (pid: number): string[] => (existsSync('/run/netns') ? readdirSync('/run/netns') : []).filter((name) => name.startsWith(`weft-${pid}-`));
const links = (pid: number): string[] => readdirSync('/sys/class/net').filter((name) => name.startsWith(`wn${pid}-`));
const files = (pid: number): string[] => (existsSync('/etc/netns') ? readdirSync('/etc/netns') : []).filter((name) => name.startsWith(`weft-${pid}-`));

/** The shop of `npm start`, ended in the ways in which people end it. */
describe.skipIf(await withoutNamespaces())('the shop in network namespaces', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)('leaves no namespace, link or file behind after %s', async (signal) => {
    const shop = new TestProcess('shop', { args: [DEMO, '--redirection', 'namespaces'] });
    const pid = shop.child.pid ?? 0;
    await shop.until('traffic flows', async () => shop.output.includes('Traffic flows'));
    // Nine instances, an ingress and an egress for each of two zones, and the network between them.
    expect(namespaces(pid)).toHaveLength(14);
    expect(links(pid)).toHaveLength(1);
    expect(shop.output).toContain('Network … namespaces (');
    await shop.kill(signal);
    await until('everything is gone', async () => [...namespaces(pid), ...links(pid), ...files(pid)].length === 0);
    if (signal === 'SIGINT') expect(shop.output).toContain('Nothing is left behind.');
  });
});
