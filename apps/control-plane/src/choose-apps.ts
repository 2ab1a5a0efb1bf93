import { MeshError } from '@weft/kernel';
import { APPS, type AppEntry } from './apps.ts';

/** The apps to run, in starting order; all where none are named. Throws `config/invalid` for an unknown name, or for some apps alone on a bus that reaches no other process. */
export function chooseApps(names: readonly string[] | undefined, busType: string): readonly AppEntry[] {
  if (names === undefined) return APPS;
  const known = APPS.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0 || names.length === 0) {
    throw new MeshError('config/invalid', `--apps: there is no app ${unknown.map((name) => `"${name}"`).join(', ') || 'named'}: choose from ${known.join(', ')}`);
  }
  const chosen = APPS.filter(({ name }) => names.includes(name));
  if (chosen.length < APPS.length && busType === 'memory') {
    throw new MeshError('config/invalid', '--apps: the apps of one control plane meet on the bus, and bus.type memory ends at this process: set bus.type to nats (--bus nats) and bus.nats.servers, or run all apps');
  }
  return chosen;
}
