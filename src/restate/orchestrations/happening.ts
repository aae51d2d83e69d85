/** Completions that an execution waits for. */
import type { SessionEvent } from '../../model/orchestration-events.js';
import type { Mail } from '../wire/messages.js';

export type Happening =
  | { readonly kind: 'feed'; readonly event: SessionEvent; readonly atMs?: number | undefined }
  | { readonly kind: 'mail'; readonly mail: Mail }
  /** An operator has cancelled the invocation of the execution. */
  | { readonly kind: 'cancelled' }
  /** An entity has granted its lock. `section` is the invocation that holds it. */
  | { readonly kind: 'granted'; readonly section: string }
  /** The invocation that held a lock has ended before it was released. */
  | { readonly kind: 'lost'; readonly entityId: string };
