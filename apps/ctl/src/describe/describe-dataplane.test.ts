import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiClient } from '@weft/api-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDataplane } from './describe-dataplane.ts';

const OVERVIEW = {
  type: 'DataplaneOverview', mesh: 'default', name: 'web-1', dataplane: { networking: { address: '10.0.0.1' } },
  dataplaneInsight: { problems: [{ resource: 'cluster backend', reason: 'JSON patch replace /no: there is no /no' }] },
};

let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url?.endsWith('/_overview') === true) response.end(JSON.stringify(OVERVIEW));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

it('a dataplane whose configuration could not be made as asked says so', async () => {
  const client = new ApiClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  expect(await describeDataplane(client, { mesh: 'default', name: 'web-1' })).toContain('Its cluster backend could not be made as asked and stays as it was: JSON patch replace /no: there is no /no.');
});
