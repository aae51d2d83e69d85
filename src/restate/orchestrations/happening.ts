/** Completions that an execution waits for. */
import type { SessionEvent } from '../../model/orchestration-events.js';
import type { Mail } from '../wire/messages.js';

export type Happening =
  | { readonly kind: 'feed'; readonly event: SessionEvent; readonly atMs?: number | undefined }
  | { readonly kind: 'mail'; readonly mail: Mail }
  /** An operator has cancelled the invocation of the execution. */
  | { readonly kind: 'cancelled' }
  /** All locks of the section are held, by these invocations. */
  | { readonly kind: 'granted'; readonly sections: readonly string[] }
  /** The invocation that held a lock has ended before it was released. */
  | { readonly kind: 'lost'; readonly entityId: string };
