import { connect } from 'node:tls';
import type { Endpoint } from '../shop/place.ts';

/** What a TLS server showed of itself. */
export interface PeerCertificate {
  /** SPIFFE ids among its URI names. */
  readonly spiffeIds: readonly string[];
  readonly serial: string;
  readonly validTo: Date;
}

/** Connects to an inbound listener and reads the certificate that it presents. With TLS 1.3 that comes before the server asks for ours, which we have not. */
export function peerCertificate({ host, port }: Endpoint): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, minVersion: 'TLSv1.2', timeout: 5000 });
    socket.on('timeout', () => socket.destroy(new Error('timeout')));
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      const { subjectaltname = '', serialNumber, valid_to } = socket.getPeerCertificate();
      const spiffeIds = subjectaltname.split(', ').filter((name) => name.startsWith('URI:spiffe://')).map((name) => name.slice(4));
      resolve({ spiffeIds, serial: serialNumber, validTo: new Date(valid_to) });
      socket.destroy();
    });
  });
}
