import { request } from 'node:http';

const REQUEST_TIMEOUT_MS = 5000;

/** Envoy's answer about a document: 304 without a body where it is still the one with that etag. */
export interface DynamicDocument {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: string;
}

/** Asks Envoy's socket of dynamic configuration for a document such as `/dns`, unless it is still that of `etag`. Undefined where Envoy does not answer. Never rejects. */
export function askForDocument({ socketPath, path, etag }: { readonly socketPath: string; readonly path: string; readonly etag: string | undefined }): Promise<DynamicDocument | undefined> {
  const headers = etag === undefined || etag === '' ? {} : { 'if-none-match': etag };
  return new Promise((resolve) => {
    const call = request({ socketPath, path, headers, timeout: REQUEST_TIMEOUT_MS, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, etag: response.headers.etag, body: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', () => resolve(undefined));
    });
    call.on('timeout', () => call.destroy()).on('error', () => resolve(undefined)).end();
  });
}
