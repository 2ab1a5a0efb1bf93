import type { SotwRequest } from './discovery-request.ts';
import { encodeSotwResponse } from './discovery-response.ts';
import type { Draft, Phase, Protocol } from './protocol.ts';
import { stateVersion } from './state-version.ts';
import type { SharedResource } from './shared-resource.ts';
import { makesRoom, type Resources, type TypeState } from './type-state.ts';

/**
 * State-of-the-world xDS. Cluster and Listener responses show everything, as the protocol demands; those of the named
 * types only what changed. The version is a hash of all that the client then holds, so it outlives a restart.
 */
export function sotwProtocol(): Protocol<SotwRequest> {
  const heldVersion = new Map<TypeState, string>();
  return {
    fullState: true,
    answer: (state, request) => {
      // Before our first response a nonce can only be of an earlier stream: it means nothing here.
      if (!state.asked || state.lastNonce === '') return undefined;
      if (request.nonce !== state.lastNonce) return 'stale';
      if (state.inFlight === undefined) return undefined;
      return request.error === undefined ? { kind: 'ack' } : { kind: 'nack', message: request.error };
    },
    subscribe: (state, request, { resources, first, answered }) => {
      const change = state.subscription.replace(request.names);
      if (first) {
        heldVersion.set(state, request.version);
        return;
      }
      if (change.widened && resources !== undefined) state.markAll(resources, 'changed');
      for (const name of change.asked) state.mark(name, 'asked');
      state.forgetUnmatched();
      if (!answered && change.asked.length === 0) answerRewarmed(state);
    },
    begin: (state, resources) => {
      const held = heldVersion.get(state) ?? '';
      heldVersion.delete(state);
      if (held === stateVersion(state.type, matching(state, resources))) return;
      state.mustAnswer = state.subscription.wildcard;
      state.markAll(resources, 'asked');
    },
    draft: (state, resources, phase) => (state.subscription.wildcard ? draftEverything(state, resources, phase) : draftNamed(state, resources)),
    encode: encodeSotwResponse,
  };
}

/** Envoy asks again for endpoints that it has been given while it warms a changed cluster: each such cluster is answered once more. */
function answerRewarmed(state: TypeState): void {
  for (const name of state.rewarmed) if (state.subscription.matches(name)) state.mark(name, 'asked');
  state.rewarmed.clear();
}

function* matching(state: TypeState, resources: Resources): Iterable<SharedResource> {
  if (state.subscription.wildcard) {
    yield* resources.values();
    return;
  }
  for (const name of state.subscription.names) {
    const resource = resources.get(name);
    if (resource !== undefined) yield resource;
  }
}

function draftEverything(state: TypeState, resources: Resources, phase: Phase): Draft | undefined {
  const updates = [...state.due.keys()].filter((name) => resources.has(name));
  const removals = [...state.due.keys()].filter((name) => !resources.has(name));
  const together = makesRoom(state) && updates.length > 0;
  const names = phase === 'removals' ? removals : together ? [...updates, ...removals] : updates;
  if (phase === 'removals' || together) state.lingering.clear();
  if (names.length === 0 && !(state.mustAnswer && phase === 'updates')) return undefined;
  const shown = [...resources.values(), ...state.lingering.values()];
  return { resources: shown, removed: [], names, version: stateVersion(state.type, shown) };
}

/** What has gone cannot be said of a named type; the client drops it together with what refers to it. */
function draftNamed(state: TypeState, resources: Resources): Draft | undefined {
  const found: SharedResource[] = [];
  for (const name of state.due.keys()) {
    const resource = resources.get(name);
    if (resource === undefined) state.due.delete(name);
    else found.push(resource);
  }
  if (found.length === 0) return undefined;
  return { resources: found, removed: [], names: found.map((resource) => resource.name), version: stateVersion(state.type, matching(state, resources)) };
}
