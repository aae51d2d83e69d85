/** The entry `durable-entities/http`: the dashboard and the HTTP APIs, as a handler and as a server. */
export { createHandler, type DurableHandler } from './handler.js';
export { serve, type DurableServer, type ServeOptions } from './serve.js';
export type { HandlerOptions, PayloadPlace } from './options.js';
export type { Caller, Level } from './exchange.js';
export type { Tokens } from './tokens.js';
export type { FrameworkRequest } from './mount-point.js';
export { azureClientInput, type AzureClientInput, type AzureClientOptions } from './compatible/azure-client-input.js';
