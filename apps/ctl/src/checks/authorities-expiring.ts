import { X509Certificate } from 'node:crypto';
import { textOf, type PlaneCheck } from './check.ts';

const SOON_MS = 30 * 86_400_000;

/** When a CA ends, every certificate that it signed ends with it. */
export const authoritiesExpiring: PlaneCheck = {
  id: 'WEFT-CP-003',
  group: 'Control plane',
  title: 'no CA ends within 30 days',
  run: ({ secrets = [], globalSecrets = [], nowMs }) => [...secrets, ...globalSecrets].flatMap((secret) => {
    const end = endOf(textOf(secret, 'data'));
    if (end === undefined || end - nowMs > SOON_MS) return [];
    const where = [textOf(secret, 'mesh'), textOf(secret, 'name')].filter((part) => part !== '').join('/');
    return [{ severity: end < nowMs ? 'error' as const : 'warning' as const, message: `the certificate in secret ${where} ${end < nowMs ? 'ended' : 'ends'} ${new Date(end).toISOString()}`, hint: 'add another mTLS backend to the mesh and make it the enabled one before that time' }];
  }),
};

/** The earliest end of the certificates in a secret; undefined where it holds none. */
function endOf(data: string): number | undefined {
  const blocks = Buffer.from(data, 'base64').toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    const ends = blocks.map((block) => Date.parse(new X509Certificate(block).validTo));
    return ends.length === 0 ? undefined : Math.min(...ends);
  } catch {
    return undefined;
  }
}
