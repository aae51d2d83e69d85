/** The one place that imports the SDK of Restate. It is an optional peer of the package. */
import './polyfill.js';

export {
  createEndpointHandler,
  handlers,
  object,
  RestatePromise,
  serde,
  service,
  TerminalError,
} from '@restatedev/restate-sdk';
export type {
  Context,
  InvocationHandle,
  InvocationId,
  LoggerTransport,
  ObjectContext,
  ObjectSharedContext,
  Serde,
} from '@restatedev/restate-sdk';
export type { internal } from '@restatedev/restate-sdk';
