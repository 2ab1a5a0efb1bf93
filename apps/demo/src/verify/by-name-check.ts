import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Shop } from '../platform/shop.ts';
import { handshakeStat } from '../show/handshakes.ts';
import { spiffeId } from '../shop/resources.ts';
import { firstOf } from '../shop/topology.ts';
import type { Answer } from '../workloads/call-outcome.ts';
import { expectThat, type Checklist } from './checklist.ts';

const run = promisify(execFile);
/** A program that knows nothing of the shop, for machines without curl. */
const FETCH = [process.execPath, '-e', 'require("node:http").get(process.argv[1], (answer) => answer.pipe(process.stdout))'];

/** Under redirection, any program that runs beside web reaches the catalogue by its name, as web. */
export async function checkByName(shop: Shop, list: Checklist): Promise<void> {
  if (shop.placement.redirection !== 'namespaces') return;
  await list.check('an unmodified program calls http://catalogue.mesh over mTLS', async () => {
    const web = firstOf('web');
    const tool = await run('curl', ['--version']).then(() => ['curl', '--silent', '--show-error', '--max-time', '10'], () => FETCH);
    const [program = '', ...args] = shop.placement.command(web, 'app', [...tool, 'http://catalogue.mesh/']);
    const before = await shop.envoy(web).sum(handshakeStat('catalogue'));
    const { stdout } = await run(program, args);
    const answer = JSON.parse(stdout) as Answer;
    expectThat(answer.sawClient === spiffeId('web'), `the catalogue saw its caller as ${answer.sawClient ?? 'nobody'}, not as ${spiffeId('web')}`);
    expectThat(before > 0, 'the Envoy of web counts no TLS handshake towards the catalogue');
    return `${tool[0]?.split('/').at(-1) ?? ''} got an answer of ${answer.instance}, which saw ${spiffeId('web')}`;
  });
  await list.check('no Dataplane declares an outbound', async () => {
    const { items } = await shop.controlPlanes.global.api.list('/meshes/shop/dataplanes');
    const declared = items.filter((item) => 'outbound' in (item['networking'] as object));
    expectThat(declared.length === 0, `${declared.length} Dataplanes declare outbounds`);
    return `${items.length} Dataplanes without outbounds`;
  });
}
