import { plain, present, type Conversion, type Plain } from './conversion.ts';

/** FaultInjection: MeshFaultInjection, all faults in one item. */
export function convertFaultInjection(conf: Plain): Conversion {
  const [delay, abort, bandwidth] = [plain(conf['delay']), plain(conf['abort']), plain(conf['responseBandwidth'])];
  const fault = present({
    delay: conf['delay'] === undefined ? undefined : { value: delay['value'], percentage: share(delay) },
    abort: conf['abort'] === undefined ? undefined : { httpStatus: abort['httpStatus'], percentage: share(abort) },
    responseBandwidth: conf['responseBandwidth'] === undefined ? undefined : { limit: unit(String(bandwidth['limit'])), percentage: share(bandwidth) },
  });
  return { parts: [{ type: 'MeshFaultInjection', place: 'callers', conf: { http: [fault ?? {}] } }], notes: [] };
}

/** Fractions stand as texts. */
function share({ percentage }: Plain): unknown {
  return typeof percentage === 'number' && !Number.isInteger(percentage) ? String(percentage) : percentage;
}

function unit(limit: string): string {
  return limit.replace(/[kmg]bps$/i, (found) => `${found.charAt(0).toLowerCase() === 'k' ? 'k' : found.charAt(0).toUpperCase()}bps`);
}
