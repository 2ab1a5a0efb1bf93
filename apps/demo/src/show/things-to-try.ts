import type { Shop } from '../platform/shop.ts';
import { appNetwork } from '../shop/place.ts';
import { firstOf, MESH } from '../shop/topology.ts';

/** One thing to try: what it shows, and a command that works as it stands, in the folder of the repository. */
export interface ThingToTry {
  readonly shows: string;
  readonly command: string;
}

/** Six things to try in a running shop. */
export function thingsToTry(shop: Shop): readonly ThingToTry[] {
  const inside = (command: string): string => [...shop.placement.wayIn, command].join(' ');
  const weftctl = shop.controlPlanes.global.ports.api === 5681 ? 'npx weftctl --no-config' : `npx weftctl --config-file ${shop.ctlConfig}`;
  const shopper = firstOf('shopper');
  const { web } = appNetwork(shopper, shop.placement.place(shopper)).targets;
  const inbound = shop.inbound(firstOf('web'));
  const curl = shop.placement.command(shopper, 'app', ['curl']).join(' ');
  return [
    { shows: 'the zones, seen from the global control plane', command: inside(`${weftctl} inspect zones`) },
    { shows: 'who is in the mesh, in all zones, and until when its certificate is good', command: inside(`${weftctl} inspect dataplanes --mesh ${MESH}`) },
    { shows: 'a page of the shop, through the shopper\'s Envoy', command: inside(`${curl} http://${web?.host ?? ''}:${web?.port ?? ''}/`) },
    { shows: 'nobody gets in without a certificate of the mesh: "empty reply" or "reset"', command: inside(`curl http://${inbound.host}:${inbound.port}/`) },
    { shows: 'all pages now come from version 2 of the catalogue, which is in the other zone (curl again)', command: inside(`${weftctl} apply -f apps/demo/try/catalogue-v2.yaml`) },
    { shows: 'reviews may read the stock: watch "reviews → stock" in the table', command: inside(`${weftctl} apply -f apps/demo/try/let-reviews-in.yaml`) },
  ];
}
