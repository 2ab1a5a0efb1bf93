import { addressOf, MEMBERS } from '../shop/topology.ts';
import type { Placement } from './placement.ts';
import { chooseSubnet } from './ports.ts';

/** Every instance on a loopback address of its own, with explicit outbounds. Needs no permission. */
export async function loopbackPlacement(reason: string): Promise<Placement> {
  const subnet = await chooseSubnet();
  return {
    redirection: 'explicit outbounds',
    reason,
    description: `on ${subnet}.1 to .${Math.max(...MEMBERS.map((one) => one.host))}`,
    controlPlaneHost: '127.0.0.1',
    agentFlags: [],
    wayIn: [],
    place: (member) => ({ address: addressOf(member, subnet), redirected: false }),
    command: (_member, _who, args) => args,
    giveToAgent: () => undefined,
    close: () => Promise.resolve(),
  };
}
