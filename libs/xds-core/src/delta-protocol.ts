import type { DeltaRequest } from './discovery-request.ts';
import { encodeDeltaResponse } from './discovery-response.ts';
import type { Draft, Protocol } from './protocol.ts';
import type { SharedResource } from './shared-resource.ts';
import { makesRoom, type Resources, type TypeState } from './type-state.ts';

/** Incremental xDS: resources by name and version, removals by name. One value per stream (it keeps the first versions). */
export function deltaProtocol(): Protocol<DeltaRequest> {
  const initialVersions = new Map<TypeState, ReadonlyMap<string, string>>();
  return {
    fullState: false,
    answer: (state, request) => {
      if (request.nonce === '' || request.nonce !== state.inFlight?.nonce) return undefined;
      return request.error === undefined ? { kind: 'ack' } : { kind: 'nack', message: request.error };
    },
    subscribe: (state, request, { resources, first }) => {
      // An ACK asks for nothing; nearly every request is one.
      if (!first && request.subscribe.length === 0 && request.unsubscribe.length === 0) return;
      const change = state.subscription.update(request, first);
      if (first) {
        initialVersions.set(state, request.initialVersions);
        state.mustAnswer = state.subscription.wildcard && request.initialVersions.size === 0;
        return;
      }
      if (change.widened && resources !== undefined) state.markAll(resources, 'changed');
      for (const name of change.asked) state.mark(name, 'asked');
      // Under a wildcard the client wants to know whether a name that it gave up still exists.
      if (state.subscription.wildcard) for (const name of change.dropped) state.mark(name, 'asked');
      state.forgetUnmatched();
    },
    begin: (state, resources) => {
      const held = initialVersions.get(state) ?? new Map<string, string>();
      initialVersions.delete(state);
      for (const [name, resource] of resources) if (state.subscription.matches(name) && held.get(name) !== resource.version) state.mark(name, 'asked');
      for (const name of state.subscription.names) if (!resources.has(name)) state.mark(name, 'asked');
      for (const name of held.keys()) if (!resources.has(name) && state.subscription.matches(name) && !state.due.has(name)) state.mark(name, 'changed');
    },
    draft: (state, resources, phase) => (phase === 'updates' ? draftUpdates(state, resources) : draftRemovals(state, resources)),
    encode: encodeDeltaResponse,
  };
}

function draftUpdates(state: TypeState, resources: Resources): Draft | undefined {
  const found: SharedResource[] = [];
  const missing: string[] = [];
  const outOfTheWay: string[] = [];
  for (const [name, reason] of state.due) {
    const resource = resources.get(name);
    if (resource !== undefined) found.push(resource);
    else if (reason === 'asked') missing.push(name);
    else if (makesRoom(state)) outOfTheWay.push(name);
  }
  if (found.length > 0) missing.push(...outOfTheWay);
  // A secret that does not exist yet is being made: saying that it is gone would help nobody.
  const removed = state.type === 'sds' ? [] : missing;
  if (state.type === 'sds') for (const name of missing) state.due.delete(name);
  if (found.length === 0 && removed.length === 0 && !state.mustAnswer) return undefined;
  return { resources: found, removed, names: [...found.map((resource) => resource.name), ...removed], version: '' };
}

function draftRemovals(state: TypeState, resources: Resources): Draft | undefined {
  const removed = [...state.due.keys()].filter((name) => !resources.has(name));
  return removed.length === 0 ? undefined : { resources: [], removed, names: removed, version: '' };
}
