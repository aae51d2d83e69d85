/** Messages between the runner and its processes. */
import type { MysqlStorage, PostgresStorage } from '../../src/index.js';
import type { RestatePlace } from './restate/place.js';
import type { CodeVersion, Harm } from './workload.js';

export interface PeerOptions {
  /** Whether there is a host in this process, or connected clients only. */
  readonly serves: boolean;
  readonly storage: string | PostgresStorage | MysqlStorage | RestatePlace;
  readonly code: CodeVersion;
  /** The file of the log of its host. */
  readonly logPath?: string | undefined;
  /** Whether its clients also send within transactions of the application: a database server has them. */
  readonly transactions: boolean;
  readonly leaseMs: number;
  readonly stallLimitMs: number;
  readonly senders: readonly { readonly name: string; readonly historyPath: string }[];
  /** A client that sends only on command. */
  readonly toucher: { readonly name: string; readonly historyPath: string };
  readonly seed: number;
  /** When it was started, in ms since 1970: its own wall clock may be wrong. */
  readonly startedAtMs: number;
}

export const phases = ['start-up', 'opening', 'ready', 'stopping', 'stopped', 'drained'] as const;
export type Phase = (typeof phases)[number];

export type PeerMessage =
  | { readonly phase: Phase }
  /** So many more were acknowledged; when the last of them was first sent, in ms since 1970. */
  | { readonly acked: number; readonly lastSentAtMs: number }
  /** An error that no fault explains. */
  | { readonly surprise: string }
  | { readonly harmed: string }
  /** Its number; see clock/planted.ts. */
  | { readonly planted: number }
  /** So many that were acknowledged were sent again. */
  | { readonly repeated: number }
  /** So many touches were acknowledged by this process. */
  | { readonly touched: number }
  /** The role of its host from now on. */
  | { readonly role: 'active' | 'standby' | 'stopped' | 'failed' }
  /** The name of the error that a call of the spoilt list ended with. */
  | { readonly probed: string }
  | PeerFailure;

/** The process ends itself: its host could not start, or stopped by itself. Codes of the error and of its cause. */
export interface PeerFailure {
  readonly failed: string;
  readonly message: string;
  readonly cause: string | undefined;
}

export type PeerCommand =
  | { readonly do: 'stop' }
  /** Begin nothing new, bring everything to its end. */
  | { readonly do: 'drain' }
  /** Append to the list of which rows are spoilt. */
  | { readonly do: 'touch' }
  /** Call the list of which the state is spoilt. */
  | { readonly do: 'probe' }
  /** Send some of what was acknowledged again. */
  | { readonly do: 'repeat' }
  | { readonly do: 'plant'; readonly number: number }
  | { readonly do: 'harm'; readonly harm: Harm; readonly requestId: string; readonly input?: number };
