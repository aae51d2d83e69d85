export { DurableHost } from './durable-host.js';
export type { DurableHostOptions, FailedSignal } from './options.js';
