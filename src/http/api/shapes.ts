/** Shapes of answers of the own API, as schemas. The description of the API is made of them, and tests hold each answer against them. */
import { payloadSchema as payload } from '../payloads.js';
import {
  array,
  boolean,
  int,
  iso,
  lazy,
  number,
  object,
  oneOf,
  record,
  string,
  unknown,
  type ZodType,
} from '../vendor.js';
import { runtimeStatus } from './schemas.js';

const at = iso.datetime();
const maybeAt = at.nullable();
const maybeText = string().nullable();
const maybeInt = int().nullable();

const hold = { instanceId: string(), section: int(), since: maybeAt };

const entityFields = {
  entityId: string(),
  name: string(),
  key: string(),
  exists: boolean(),
  version: int(),
  state: payload,
  lock: object(hold).nullable(),
  backlog: maybeInt,
  partition: int(),
  expiresAt: maybeAt,
  createdAt: at,
  lastModified: at,
  problem: maybeText,
};

export const entityShape = object(entityFields);

export const entityDetailShape = object({
  ...entityFields,
  backlog: int(),
  scheduled: int(),
  registered: boolean().nullable(),
  live: object({
    waiting: int(),
    running: object({ operation: string(), since: at, attempt: maybeInt, nextAttemptAt: maybeAt }).nullable(),
  }).nullable(),
});

export const runShape = object({
  instanceId: string(),
  name: string(),
  version: int(),
  runtimeStatus,
  input: payload,
  output: payload,
  error: payload,
  customStatus: payload,
  reason: maybeText,
  awaitedEvents: array(string()),
  unreadEvents: array(string()),
  unreadEventCount: int(),
  missingCode: array(string()),
  parentId: maybeText,
  tags: record(string(), string()),
  partition: int(),
  execution: maybeText,
  historyBytes: int(),
  scheduledTime: maybeAt,
  createdAt: at,
  lastUpdatedAt: at,
  endedAt: maybeAt,
  problem: maybeText,
});

const eventShape = object({
  index: int(),
  kind: string(),
  at: maybeAt,
  task: maybeInt,
  name: maybeText,
  target: maybeText,
  targets: array(string()).nullable(),
  value: payload,
  error: payload,
  startedAt: maybeAt,
  due: maybeAt,
  section: maybeInt,
  limitOf: maybeInt,
  cancels: maybeInt,
  version: maybeInt,
  kept: boolean(),
});

export const historyShape = object({
  instanceId: string(),
  name: string(),
  runtimeStatus,
  execution: string(),
  problem: maybeText,
  items: array(eventShape),
  next: maybeText,
});

/** Refers to itself, so it needs a name in the description. */
export const timelineShape: ZodType = object({
  instanceId: string(),
  name: string(),
  runtimeStatus,
  execution: maybeText,
  startedAt: at,
  endedAt: maybeAt,
  isCut: boolean(),
  bars: array(
    object({
      kind: oneOf(['call', 'signal', 'activity', 'child', 'start', 'timer', 'event', 'section']),
      task: maybeInt,
      name: string(),
      target: maybeText,
      targets: array(string()).nullable(),
      scheduledAt: at,
      startedAt: maybeAt,
      endedAt: maybeAt,
      outcome: oneOf(['open', 'ok', 'failed', 'cancelled', 'sent']),
      child: lazy(() => timelineShape).nullable(),
    }),
  ),
}).meta({ id: 'Timeline' });

export const explanationShape = object({
  subject: string(),
  isCut: boolean(),
  links: array(
    object({
      depth: int(),
      subject: string(),
      code: string(),
      values: record(string(), unknown()),
      because: string(),
      since: maybeAt,
      remedy: maybeText,
    }),
  ),
});

export const lockShape = object({
  entityId: string(),
  ...hold,
  holder: object({ name: string(), runtimeStatus }).nullable(),
  waiters: array(object(hold)),
  waiterCount: int(),
  waiting: int(),
});

export const messageShape = object({
  id: int(),
  kind: string(),
  name: maybeText,
  value: payload,
  from: object({ instanceId: string(), task: maybeInt }).nullable(),
  called: boolean(),
  behindLock: boolean(),
  due: maybeAt,
  signalName: maybeText,
  everyMs: number().nullable(),
  attempts: int(),
  since: maybeAt,
  problem: maybeText,
});

export const deadLetterShape = object({
  id: int(),
  target: string(),
  operation: maybeText,
  input: payload,
  attempts: int(),
  reason: string(),
  at,
});

export const workerShape = object({
  incarnation: int(),
  kind: oneOf(['worker', 'client']),
  name: string(),
  alive: boolean(),
  here: boolean(),
  version: string(),
  seq: int(),
  leaseLeftMs: number(),
  holdsLock: boolean(),
  partitions: int(),
});

export const partitionShape = object({
  partition: int(),
  owner: maybeInt,
  epoch: int(),
  crashes: int(),
  live: object({ backlog: int(), leaving: boolean() }).nullable(),
});

const code = { name: string(), registered: boolean(), workers: array(string()) };

export const typesShape = object({
  entities: array(
    object({
      ...code,
      effects: oneOf(['none', 'external']).nullable(),
      expireAfterMs: number().nullable(),
      operations: array(
        object({ name: string(), kind: oneOf(['call', 'signal']), readOnly: boolean(), input: unknown() }),
      ).nullable(),
    }),
  ),
  orchestrations: array(object({ ...code, versions: array(int()) })),
  activities: array(object(code)),
});

export const overviewShape = object({
  engine: string(),
  version: string(),
  process: string(),
  role: oneOf(['active', 'standby', 'stopped', 'failed', 'client']),
  uptimeMs: number(),
  hubTime: at,
  workers: int(),
  partitions: object({ total: int(), owned: int(), here: int() }),
  countedAt: at,
  entities: array(object({ name: string(), count: int() })).nullable(),
  runs: array(object({ name: string(), runtimeStatus, count: int() })).nullable(),
  longestIdle: object({ instanceId: string(), name: string(), lastUpdatedAt: at }).nullable(),
  longestLock: lockShape.nullable(),
  deadLetters: int(),
  sizes: array(object({ name: string(), bytes: number() })),
});
