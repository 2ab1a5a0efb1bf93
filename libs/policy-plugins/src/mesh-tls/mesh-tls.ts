import { create } from '@bufbuild/protobuf';
import { addTlsInspector, copyChain, credentialsOf, downstreamTls, duration, MESH_ALPN, type ChainDraft, type InboundDraft } from '@weft/envoy-builders';
import { FilterChainMatchSchema, type FilterChainMatch } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import type { Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import type { DownstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PolicyPlugin } from '../policy-plugin.ts';

/** How long a client may take to show whether it speaks TLS: far more than a handshake takes to begin. */
const FIRST_BYTES_MS = 3000;

/**
 * MeshTLS: which filter chains an inbound has. The view says the effective mode and TLS bounds; towards destinations
 * they are part of the destination's TLS.
 */
export const meshTls: PolicyPlugin = { type: 'MeshTLS', inbound: shapeChains };

function shapeChains(draft: InboundDraft): void {
  const { tls } = draft.view;
  if (tls.mode === 'off') return;
  const context = downstreamTls(credentialsOf(draft.ctx), tls);
  draft.chains = draft.chains.flatMap((chain) => (tls.mode === 'strict' ? [strict(chain, context)] : permissive(chain, context)));
  if (tls.mode === 'permissive') awaitFirstBytes(draft.listener);
}

/**
 * Which chain it is, the first bytes tell. A plaintext client that sends fewer, or waits for the server to speak first, counts as
 * plaintext once the time is over; Envoy alone would close its connection.
 */
function awaitFirstBytes(listener: Listener): void {
  addTlsInspector(listener);
  listener.listenerFiltersTimeout = duration(FIRST_BYTES_MS);
  listener.continueOnListenerFiltersTimeout = true;
}

function strict(chain: ChainDraft, context: DownstreamTlsContext): ChainDraft {
  return { ...chain, tls: context };
}

/** Plaintext, TLS that belongs to the application, and mesh TLS, told apart by its ALPN. Envoy prefers the chain that says more. */
function permissive(chain: ChainDraft, context: DownstreamTlsContext): ChainDraft[] {
  return [
    copyChain(chain, { match: match({ transportProtocol: 'raw_buffer' }), tls: undefined }),
    copyChain(chain, { match: match({ transportProtocol: 'tls' }), tls: undefined }),
    copyChain(chain, { match: match({ transportProtocol: 'tls', applicationProtocols: [MESH_ALPN] }), tls: context }),
  ];
}

function match(init: MessageInitShape<typeof FilterChainMatchSchema>): FilterChainMatch {
  return create(FilterChainMatchSchema, init);
}
