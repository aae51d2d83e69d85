/** The entry `durable-entities/client`. */
export * from './client/index.js';
export { DurableClient } from './host/durable-client.js';
