import { wordAt, type PlaneCheck } from './check.ts';

/** Without tokens, who reaches the port may claim the name of any zone that is away. */
export const zonesWithoutToken: PlaneCheck = {
  id: 'WEFT-ZONE-006',
  group: 'Zones',
  title: 'every zone shows a token',
  applies: ({ multizone }) => multizone !== undefined,
  run: ({ multizone, config }) => {
    const open = (multizone?.zones ?? []).filter(({ isConnected, showsToken }) => isConnected && !showsToken).map(({ name }) => name);
    if (open.length === 0 || wordAt(config, ['kds', 'auth'], '') !== 'none') return [];
    return [{ severity: 'warning', message: `without a token came ${open.join(', ')}: anybody who reaches the port can be a zone`, hint: 'give each zone a token (weftctl generate zone-token --zone NAME --scope cp), then set kds.auth to token at the global control plane' }];
  },
};
