/** The release of Kuma whose contract is kept; told to clients and compared with what agents say of themselves. */
export const KUMA_VERSION = '2.14.3';

/** So many minor releases may lie between an agent and the control plane. Source: Kuma 2.14. */
const MINOR_DISTANCE = 2;

/** Whether an agent of this version fits a control plane of {@link KUMA_VERSION}: the same major release, and close enough. A version that cannot be read counts as fitting. */
export function isCompatibleAgent(version: string): boolean {
  const given = releaseOf(version);
  const own = releaseOf(KUMA_VERSION);
  if (given === undefined || own === undefined) return true;
  return given.major === own.major && Math.abs(given.minor - own.minor) <= MINOR_DISTANCE;
}

function releaseOf(version: string): { readonly major: number; readonly minor: number } | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)(?:\.\d+)?(?:[-+].*)?$/.exec(version) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}
