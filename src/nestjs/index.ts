/** The entry `durable-entities/nestjs`: durable entities as a module of NestJS. */
export { DurableExceptionFilter } from './exception-filter.js';
export { DurableHealthIndicator, type DurableHealthResult } from './health.js';
export { DurableModule } from './durable-module.js';
export { nestLogger } from './nest-logger.js';
export type {
  DurableAsyncOptions,
  DurableClientModuleOptions,
  DurableModuleOptions,
  DurableTestModuleOptions,
  FeatureOptions,
  HubName,
} from './options.js';
export { durableClientToken, durableHostToken, InjectDurableClient, InjectDurableHost } from './tokens.js';
export { transaction } from './transaction.js';
