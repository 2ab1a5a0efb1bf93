import type { OutboundDraft } from '@weft/envoy-builders';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { envoyRoutes } from './envoy-routes.ts';

/** MeshHTTPRoute: the routes of an http outbound, in the order and with the catch-all that the view has. */
export const meshHttpRoute: PolicyPlugin = { type: 'MeshHTTPRoute', outbound: makeRoutes };

function makeRoutes(draft: OutboundDraft): void {
  if (draft.chain.terminal.kind === 'tcp') return;
  draft.routes = draft.view.routes.map((view) => ({ view, routes: envoyRoutes(view, draft.view.target) }));
}
