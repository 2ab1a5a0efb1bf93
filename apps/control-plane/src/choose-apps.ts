import { MeshError } from '@weft/kernel';
import { APPS, type AppEntry } from './apps.ts';

/** What decides which apps run. */
export interface AppChoice {
  /** All that the mode has where absent. */
  readonly names?: readonly string[];
  readonly mode: string;
  readonly busType: string;
}

/**
 * The apps to run, in starting order. Throws `config/invalid` for a name that is unknown or has nothing to do in this mode, or for
 * some apps alone on a bus that reaches no other process.
 */
export function chooseApps({ names, mode, busType }: AppChoice): readonly AppEntry[] {
  const possible = APPS.filter(({ zoneOnly }) => mode !== 'global' || !zoneOnly);
  if (names === undefined) return possible;
  const known = possible.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0 || names.length === 0) {
    const where = mode === 'global' ? ' in a global control plane' : '';
    throw new MeshError('config/invalid', `--apps: there is no app ${unknown.map((name) => `"${name}"`).join(', ') || 'named'}${where}: choose from ${known.join(', ')}`);
  }
  const chosen = possible.filter(({ name }) => names.includes(name));
  if (chosen.length < possible.length && busType === 'memory') {
    throw new MeshError('config/invalid', '--apps: the apps of one control plane meet on the bus, and bus.type memory ends at this process: set bus.type to nats (--bus nats) and bus.nats.servers, or run all apps');
  }
  return chosen;
}
