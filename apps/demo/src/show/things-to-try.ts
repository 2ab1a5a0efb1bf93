import type { Shop } from '../platform/shop.ts';
import { addressOf, firstOf, INBOUND_PORT, MESH, outboundPort } from '../shop/topology.ts';

/** One thing to try: what it shows, and a command that works as it stands, in the folder of the repository. */
export interface ThingToTry {
  readonly shows: string;
  readonly command: string;
}

/** Five things to try in a running shop. */
export function thingsToTry(shop: Shop): readonly ThingToTry[] {
  const weftctl = shop.ports.api === 5681 ? 'npx weftctl --no-config' : `npx weftctl --config-file ${shop.ctlConfig}`;
  return [
    { shows: 'who is in the mesh, and until when its certificate is good', command: `${weftctl} inspect dataplanes --mesh ${MESH}` },
    { shows: 'a page of the shop, through the shopper\'s Envoy', command: `curl http://${addressOf(firstOf('shopper'), shop.subnet)}:${outboundPort('web')}/` },
    { shows: 'nobody gets in without a certificate of the mesh: "empty reply" or "reset"', command: `curl http://${addressOf(firstOf('web'), shop.subnet)}:${INBOUND_PORT}/` },
    { shows: 'all pages now come from version 2 of the catalogue (curl again)', command: `${weftctl} apply -f apps/demo/try/catalogue-v2.yaml` },
    { shows: 'reviews may read the stock: watch "reviews → stock" in the table', command: `${weftctl} apply -f apps/demo/try/let-reviews-in.yaml` },
  ];
}
