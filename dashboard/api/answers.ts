/** Answers of the API `/api/v1`, as the pages read them. The description of the API is at `/api/v1/openapi.json`. Instants are ISO texts. */

export type RuntimeStatus = 'pending' | 'running' | 'suspended' | 'completed' | 'failed' | 'terminated';

/** A user value. `null` stands for no value. */
export type Payload = {
  readonly value?: unknown;
  /** The beginning of a value that is cut, or the whole of one that cannot be read. */
  readonly text?: string;
  readonly length?: number;
  readonly cut?: boolean;
  readonly hidden?: boolean;
} | null;

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly scan?: { readonly looked: number; readonly of: number | null };
}

export interface Session {
  readonly user: string | null;
  readonly may: 'read' | 'write' | null;
  readonly login: 'token' | 'application' | 'none';
  readonly payloads: 'show' | 'hide' | 'filtered';
}

export interface Hold {
  readonly instanceId: string;
  readonly section: number;
  readonly since: string | null;
}

export interface Entity {
  readonly entityId: string;
  readonly name: string;
  readonly key: string;
  readonly exists: boolean;
  readonly version: number;
  readonly state: Payload;
  readonly lock: Hold | null;
  /** `null` if too many messages wait to count them for a list. */
  readonly backlog: number | null;
  readonly partition: number;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly lastModified: string;
  readonly problem: string | null;
}

export interface EntityDetail extends Entity {
  readonly backlog: number;
  readonly scheduled: number;
  readonly registered: boolean | null;
  readonly live: {
    readonly waiting: number;
    readonly running: {
      readonly operation: string;
      readonly since: string;
      readonly attempt: number | null;
      readonly nextAttemptAt: string | null;
    } | null;
  } | null;
}

export interface Run {
  readonly instanceId: string;
  readonly name: string;
  readonly version: number;
  readonly runtimeStatus: RuntimeStatus;
  readonly input: Payload;
  readonly output: Payload;
  readonly error: Payload;
  readonly customStatus: Payload;
  readonly reason: string | null;
  readonly awaitedEvents: readonly string[];
  readonly unreadEvents: readonly string[];
  readonly unreadEventCount: number;
  readonly missingCode: readonly string[];
  readonly parentId: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly partition: number;
  readonly execution: string | null;
  readonly historyBytes: number;
  readonly scheduledTime: string | null;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly endedAt: string | null;
  readonly problem: string | null;
}

export interface HistoryEvent {
  readonly index: number;
  readonly kind: string;
  readonly at: string | null;
  readonly task: number | null;
  readonly name: string | null;
  readonly target: string | null;
  readonly targets: readonly string[] | null;
  readonly value: Payload;
  readonly error: Payload;
  readonly startedAt: string | null;
  readonly due: string | null;
  readonly kept: boolean;
}

export interface History extends Page<HistoryEvent> {
  readonly problem: string | null;
}

export interface Bar {
  readonly kind: 'call' | 'signal' | 'activity' | 'child' | 'start' | 'timer' | 'event' | 'section';
  readonly task: number | null;
  readonly name: string;
  readonly target: string | null;
  readonly targets: readonly string[] | null;
  readonly scheduledAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly outcome: 'open' | 'ok' | 'failed' | 'cancelled' | 'sent';
  readonly child: Timeline | null;
}

export interface Timeline {
  readonly instanceId: string;
  readonly name: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly isCut: boolean;
  readonly bars: readonly Bar[];
}

export interface ExplanationLink {
  readonly depth: number;
  readonly subject: string;
  readonly code: string;
  readonly because: string;
  readonly since: string | null;
  readonly remedy: string | null;
}

export interface Explanation {
  readonly subject: string;
  readonly isCut: boolean;
  readonly links: readonly ExplanationLink[];
}

export interface Lock extends Hold {
  readonly entityId: string;
  readonly holder: { readonly name: string; readonly runtimeStatus: RuntimeStatus } | null;
  readonly waiters: readonly Hold[];
  readonly waiterCount: number;
  readonly waiting: number;
}

export interface Message {
  readonly id: number;
  readonly kind: string;
  readonly name: string | null;
  readonly value: Payload;
  readonly from: { readonly instanceId: string; readonly task: number | null } | null;
  readonly called: boolean;
  readonly behindLock: boolean;
  readonly due: string | null;
  readonly signalName: string | null;
  readonly everyMs: number | null;
  readonly attempts: number;
  readonly since: string | null;
  readonly problem: string | null;
}

export interface DeadLetter {
  readonly id: number;
  readonly target: string;
  readonly operation: string | null;
  readonly input: Payload;
  readonly attempts: number;
  readonly reason: string;
  readonly at: string;
}

export interface Worker {
  readonly incarnation: number;
  readonly kind: 'worker' | 'client';
  readonly name: string;
  readonly alive: boolean;
  readonly here: boolean;
  readonly version: string;
  readonly seq: number;
  readonly leaseLeftMs: number;
  readonly holdsLock: boolean;
  readonly partitions: number;
}

export interface Partition {
  readonly partition: number;
  readonly owner: number | null;
  readonly epoch: number;
  readonly crashes: number;
  readonly live: { readonly backlog: number; readonly leaving: boolean } | null;
}

export interface Operation {
  readonly name: string;
  readonly kind: 'call' | 'signal';
  readonly readOnly: boolean;
  readonly input: unknown;
}

export interface NamedCode {
  readonly name: string;
  readonly registered: boolean;
  readonly workers: readonly string[];
}

export interface Types {
  readonly entities: readonly (NamedCode & {
    readonly effects: 'none' | 'external' | null;
    readonly operations: readonly Operation[] | null;
  })[];
  readonly orchestrations: readonly (NamedCode & { readonly versions: readonly number[] })[];
  readonly activities: readonly NamedCode[];
}

export type Role = 'active' | 'standby' | 'stopped' | 'failed' | 'client';

export interface Overview {
  readonly engine: string;
  readonly version: string;
  readonly process: string;
  readonly role: Role;
  readonly uptimeMs: number;
  readonly hubTime: string;
  readonly workers: number;
  readonly partitions: { readonly total: number; readonly owned: number; readonly here: number };
  readonly countedAt: string;
  readonly entities: readonly { readonly name: string; readonly count: number }[] | null;
  readonly runs:
    readonly { readonly name: string; readonly runtimeStatus: RuntimeStatus; readonly count: number }[] | null;
  readonly longestIdle: { readonly instanceId: string; readonly name: string; readonly lastUpdatedAt: string } | null;
  readonly longestLock: Lock | null;
  readonly deadLetters: number;
  readonly sizes: readonly { readonly name: string; readonly bytes: number }[];
}

export interface Distribution {
  readonly count: number;
  readonly max: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Statistics {
  readonly sinceMs: number;
  readonly atMs: number;
  readonly operations: readonly {
    readonly entity: string;
    readonly operation: string;
    readonly ok: number;
    readonly failed: number;
    readonly retries: number;
    readonly duration: Distribution;
    readonly queued: Distribution;
  }[];
  readonly activities: readonly {
    readonly name: string;
    readonly ok: number;
    readonly failed: number;
    readonly duration: Distribution;
  }[];
  readonly runs: readonly {
    readonly name: string;
    readonly started: number;
    readonly completed: number;
    readonly failed: number;
    readonly terminated: number;
    readonly duration: Distribution;
  }[];
  readonly commits: { readonly duration: Distribution; readonly size: Distribution; readonly accepted: number };
}

export interface Gauges {
  readonly intake: number;
  readonly backlog: Readonly<Record<string, number>>;
  readonly runBacklog: number;
  readonly instances: number;
  readonly outside: number;
  readonly locksHeld: number;
  readonly locksWaiting: number;
  readonly leaseLeftMs: number;
  readonly partitions: number;
}

export interface RecentInterval {
  readonly from: string;
  readonly operations: number;
  readonly failed: number;
  readonly commits: number;
  readonly accepted: number;
  readonly runsStarted: number;
  readonly runsEnded: number;
  readonly activities: number;
}

/** Event `rates` of the live stream, each second. */
export interface Rates {
  readonly role: Role | null;
  readonly everyMs: number | null;
  readonly recent: readonly RecentInterval[];
  readonly now: Gauges | null;
}

/** Event `changes` of the live stream, at most four a second. */
export interface Changes {
  readonly seq: number;
  readonly at: string;
  readonly instances: readonly Changed[];
  /** Whether further instances may have changed. */
  readonly more: boolean;
}

export interface Changed {
  readonly id: string;
  readonly kind: 'entity' | 'orchestration';
  readonly name: string;
  readonly runtimeStatus: RuntimeStatus | null;
  readonly version: number;
  readonly deleted: boolean;
}

export interface BulkProgress {
  readonly id: string;
  readonly action: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  readonly selected: number | null;
  readonly done: number;
  readonly failed: number;
  readonly errors: readonly {
    readonly id: string;
    readonly error: { readonly code: string; readonly message: string };
  }[];
}
