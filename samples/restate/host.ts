// #region host
import { RestateHost } from 'durable-entities/restate';
import { Account } from '../bank/account.js';
import { transferMoney } from '../bank/transfer-money.js';

/** The bank on Restate: only the host differs from the bank on a database. */
export function startBank(ingress: readonly string[], admin: string, port: number): Promise<RestateHost> {
  return RestateHost.start({
    register: [Account, transferMoney],
    ingress, // one URL for each node: the client goes on with the next one
    admin, // registration, queries, and the names of other hosts
    listen: { port }, // Restate calls the host here, by HTTP/2. 0 takes a free port
    advertise: `http://127.0.0.1:${port}`, // the address of the host for Restate
    hub: 'bank', // beginning of the names of all services
  });
}
// #endregion
