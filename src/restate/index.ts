/** The entry `durable-entities/restate`: the same code on a Restate cluster. Experimental. */
export { RestateHost } from './restate-host.js';
export { connectRestate } from './connect.js';
export type { RestateConnectOptions, RestateHostOptions } from './options.js';
