import { probeNetNamespaces } from './probe.ts';

/**
 * Whether tests that need network namespaces are left out: where they are not permitted. Never in CI as root, where such a test
 * then fails and says why.
 */
export async function withoutNamespaces(): Promise<boolean> {
  if (process.env['CI'] !== undefined && process.getuid?.() === 0) return false;
  return !(await probeNetNamespaces()).ok;
}
