export { DurableHost } from './durable-host.js';
export type { DurableHostOptions, FailedSignal, RetentionOptions } from './options.js';
