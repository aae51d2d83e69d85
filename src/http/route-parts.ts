/** The parts of a handler that routes use. */
import type { Inspector } from '../hub/inspector.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/log.js';
import type { Access } from './access.js';
import type { BulkWorks } from './bulk-work.js';
import type { EventStreams } from './event-streams.js';
import type { LiveFeed } from './live-feed.js';
import type { CheckedOptions } from './options.js';
import type { Payloads } from './payloads.js';

export interface RouteParts {
  readonly options: CheckedOptions;
  readonly clock: Clock;
  readonly access: Access;
  readonly streams: EventStreams;
  readonly live: LiveFeed;
  readonly bulk: BulkWorks;
  readonly payloads: Payloads;
  /** The inspector of the client, which is loaded when a route needs it first. */
  readonly inspector: () => Promise<Inspector>;
  readonly logger: Logger;
}
