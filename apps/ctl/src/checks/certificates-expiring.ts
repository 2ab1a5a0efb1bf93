import { deep, type PlaneCheck } from './check.ts';

/** Leaves are replaced after 4/5 of their life; one with less than a tenth left was missed. */
const LEFT = 0.1;

/** A proxy whose certificate ends loses its mTLS. */
export const certificatesExpiring: PlaneCheck = {
  id: 'WEFT-DP-004',
  group: 'Proxies',
  title: 'certificates of proxies are renewed in time',
  run: ({ dataplanes, nowMs }) => dataplanes.flatMap((dataplane) => {
    const mtls = deep(dataplane, 'dataplaneInsight', 'mTLS');
    const [end, start] = [Date.parse(String(deep(mtls, 'certificateExpirationTime'))), Date.parse(String(deep(mtls, 'lastCertificateRegeneration')))];
    if (Number.isNaN(end) || end - nowMs > (Number.isNaN(start) ? 3_600_000 : (end - start) * LEFT)) return [];
    const id = `${String(dataplane['mesh'])}/${String(dataplane['name'])}`;
    return [{ severity: end < nowMs ? 'error' as const : 'warning' as const, message: `the certificate of ${id} ${end < nowMs ? 'ended' : 'ends'} ${new Date(end).toISOString()}`, hint: 'see that the proxy is connected and that ca-service runs; restarting its weft-dp asks for a new one' }];
  }),
};
