/** A client in a process without a host. */
import { createClassSupport } from '../classes/index.js';
import { announcedNames } from '../contexts/programs.js';
import { Directory } from '../core/directory.js';
import { ClientClosedError } from '../errors/index.js';
import { DurableClient } from '../host/durable-client.js';
import { NodeClock } from '../host/node-clock.js';
import { NodeRandom } from '../host/node-random.js';
import { Admin } from './client/admin.js';
import { Ingress } from './client/ingress.js';
import { RestateTaskHub } from './client/restate-task-hub.js';
import { checkConnectOptions, withoutSlash, type RestateConnectOptions } from './options.js';
import { ServiceNames } from './wire/service-names.js';

/**
 * Connects a client to a task hub on Restate, in a process without a host. It knows the names in `register`, and with `admin` those of all
 * hosts. Close the client at the end. @throws InvalidArgumentError, RegistrationError, StorageError
 */
export async function connectRestate(given: RestateConnectOptions): Promise<DurableClient> {
  const options = checkConnectOptions(given);
  const classes = createClassSupport({ ...options, registered: options.register });
  await classes.prepare();
  const clock = new NodeClock();
  const names = new ServiceNames(options.hub);
  const admin = new Admin(options.admins);
  const ingress = new Ingress(options.ingress.map(withoutSlash), clock);
  const directory = new Directory(announcedNames(classes.definitions));
  const learnNames = async () => directory.learn(await admin.announced(names));
  if (admin.isGiven) await learnNames();
  return new DurableClient({
    hub: new RestateTaskHub({ ingress, admin, names, clock, random: new NodeRandom() }),
    clock,
    classes,
    names: directory,
    limits: options.checkedLimits,
    ...(admin.isGiven && { learnNames }),
    close: async () => ingress.close(new ClientClosedError()),
  });
}
