import { readFileSync } from 'node:fs';
import { MeshError } from '@weft/kernel';
import { runProgram } from './run-program.ts';

/** Kuma's user id for the agent, and the names of the agents' users. */
const DEFAULTS = ['5678', 'kuma-dp', 'weft-dp'];

/** Id of the user as whom the agent runs. `name` is a name or an id; empty: the first of the defaults that exists. Rejects when there is none. */
export async function proxyUserId(name: string): Promise<number> {
  for (const candidate of name === '' ? DEFAULTS : [name]) {
    const uid = await lookUp(candidate);
    if (uid !== undefined) return uid;
  }
  if (name !== '') throw new MeshError('config/invalid', `failed to initialize config: the specified UID or username ('${name}') does not refer to a valid user on the host. See \`getent passwd\` for those that there are`);
  throw new MeshError('config/invalid', "failed to initialize config: no UID or username provided, and user with the default UID ('5678') or username ('kuma-dp' or 'weft-dp') could not be found. Make one: useradd --uid 5678 --no-create-home --shell /usr/sbin/nologin weft-dp");
}

/** Asks the system's directory of users, which may be more than a file; where getent is missing, the file. */
async function lookUp(user: string): Promise<number | undefined> {
  const asked = await runProgram('getent', ['passwd', user]);
  const lines = asked.code === undefined ? readFileSync('/etc/passwd', 'utf8').split('\n') : [asked.stdout];
  const entry = lines.map((line) => line.split(':')).find(([name, , uid]) => uid !== undefined && (name === user || uid === user));
  return entry?.[2] === undefined ? undefined : Number(entry[2]);
}
