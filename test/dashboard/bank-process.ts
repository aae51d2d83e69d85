/** Process of a bank that a test kills: hosts a file, serves it on a port, and tells when it is ready. */
import { serve } from '../../src/http/index.js';
import { silent, startBank } from './bank.js';

const [file = '', port = '0'] = process.argv.slice(2);
const host = await startBank(file);
await serve({ client: host.client, status: () => host.status(), port: Number(port), writes: true, logger: silent });
console.log('ready');
