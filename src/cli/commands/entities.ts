/** Commands on entities: list, get, watch, messages, signal, call, cancel, delete. */
import { CliError } from '../cli-error.js';
import { entityPath } from '../connection/hub-api.js';
import { safeJson, safeText } from '../output/safe-text.js';
import type { Column } from '../output/table.js';
import { agoText, spanText } from '../output/times.js';
import { buildRouteMap } from '../vendor/stricli.js';
import {
  argument,
  confirm,
  fieldsText,
  hubCommand,
  jsonArgument,
  optionalFlag,
  optionalText,
  sureFlags,
  writeValue,
  type SureFlags,
} from './command.js';
import { listFlags, payloadBlock, payloadText, writeList, type ListFlags, type Payload } from './list.js';

/** An entity of the API. */
export interface ShownEntity {
  readonly entityId: string;
  readonly name: string;
  readonly key: string;
  readonly exists: boolean;
  readonly version: number;
  readonly state: Payload | null;
  readonly lock: { readonly instanceId: string; readonly section: number; readonly since: string | null } | null;
  readonly backlog: number | null;
  readonly partition: number;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly lastModified: string;
  readonly problem: string | null;
}

interface ShownDetail extends ShownEntity {
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

const entityId = argument('id', 'Entity id: @name@key');

interface EntityListFlags extends ListFlags {
  readonly name?: string;
  readonly key?: string;
  readonly locked?: boolean;
  readonly lockedBy?: string;
  readonly waiting?: boolean;
  readonly contains?: string;
  readonly modifiedSince?: string;
  readonly modifiedBefore?: string;
  readonly desc?: boolean;
}

const list = hubCommand<EntityListFlags>({
  brief: 'Lists entities by id',
  flags: {
    ...listFlags,
    name: optionalText('Only entities of this name', 'name'),
    key: optionalText('Only keys that begin so', 'text'),
    locked: optionalFlag('Only locked entities (scans)'),
    lockedBy: optionalText('Only entities that this orchestration has locked (scans)', 'instance'),
    waiting: optionalFlag('Only entities for which messages wait (scans)'),
    contains: optionalText('Only states that contain this text (scans)', 'text'),
    modifiedSince: optionalText('Only entities written at this time or later (ISO 8601)', 'time'),
    modifiedBefore: optionalText('Only entities written before this time (ISO 8601)', 'time'),
    desc: optionalFlag('The greatest id first'),
  },
  async run(call) {
    const { name, key, locked, lockedBy, waiting, contains, modifiedSince, modifiedBefore, desc } = call.flags;
    const nowMs = call.terminal.around.clock.wallMs();
    const columns: Column<ShownEntity>[] = [
      { head: 'ENTITY', of: ({ entityId }) => entityId },
      { head: 'VERSION', of: ({ version }) => version, align: 'right' },
      { head: 'WRITTEN', of: ({ lastModified }) => agoText(lastModified, nowMs) },
      { head: 'WAITING', of: ({ backlog }) => backlog ?? '', align: 'right' },
      { head: 'LOCKED BY', of: ({ lock }) => lock?.instanceId ?? '', style: () => 'yellow' },
      { head: 'STATE', of: ({ state, problem }) => problem ?? payloadText(state), wide: true },
    ];
    const query = {
      name,
      keyPrefix: key,
      locked,
      lockedBy,
      waiting,
      contains,
      modifiedSince,
      modifiedBefore,
      order: desc === true ? 'desc' : undefined,
    };
    await writeList(call, '/entities', query, columns, 'There are no such entities.');
  },
});

const get = hubCommand<{ full?: boolean }, [id: string]>({
  brief: 'Shows an entity: state, lock, and what waits for it',
  flags: { full: optionalFlag('Read states up to 1 MiB') },
  args: { kind: 'tuple', parameters: [entityId] },
  async run({ api, terminal, flags, args: [id] }) {
    const entity = await api.get<ShownDetail>(entityPath(id), { full: flags.full });
    const nowMs = terminal.around.clock.wallMs();
    await writeValue(terminal, flags, entity, () => {
      const { lock, live } = entity;
      const running = live?.running;
      return (
        fieldsText(terminal, [
          ['entity', entity.entityId],
          ['exists', entity.exists ? 'yes' : 'no'],
          ['version', entity.version],
          ['written', agoText(entity.lastModified, nowMs)],
          [
            'locked by',
            lock === null ? null : `${lock.instanceId}${lock.since === null ? '' : `, ${agoText(lock.since, nowMs)}`}`,
          ],
          ['waiting', entity.backlog],
          ['scheduled', entity.scheduled],
          [
            'runs',
            running === undefined || running === null ? null : `${running.operation}, ${agoText(running.since, nowMs)}`,
          ],
          ['code', entity.registered === false ? 'not registered in this process' : null],
          ['expires', agoText(entity.expiresAt, nowMs)],
          ['partition', entity.partition],
          ['problem', entity.problem],
        ]) + (entity.state === null ? '' : `${terminal.style('dim', 'state')}\n${blockText(entity.state)}\n`)
      );
    });
  },
});

/** A value in several lines. Only the line breaks of JSON stay. */
function blockText(payload: Payload): string {
  return payloadBlock(payload).split('\n').map(safeText).join('\n');
}

const watch = hubCommand<object, [id: string]>({
  brief: 'Writes the state of an entity, now and after each change, until it is interrupted',
  args: { kind: 'tuple', parameters: [entityId] },
  async run({ api, terminal, flags, args: [id] }) {
    for await (const { event, data } of api.events(entityPath(id, '/changes'))) {
      if (event !== 'entity') continue;
      const entity = data as ShownDetail | null;
      if (flags.json === true || flags.jsonl === true) await terminal.write(`${safeJson(entity)}\n`);
      else if (entity === null) await terminal.write(`${safeText(id)} does not exist\n`);
      else {
        const lock =
          entity.lock === null ? '' : terminal.style('yellow', ` locked by ${safeText(entity.lock.instanceId)}`);
        await terminal.write(`v${entity.version}${lock} ${safeText(payloadText(entity.state))}\n`);
      }
    }
  },
});

interface ShownMessage {
  readonly id: number;
  readonly kind: string;
  readonly name: string | null;
  readonly value: Payload | null;
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

const messages = hubCommand<ListFlags, [id: string]>({
  brief: 'Lists the messages that wait for an entity, in their order, then the scheduled ones',
  flags: listFlags,
  args: { kind: 'tuple', parameters: [entityId] },
  async run(call) {
    const nowMs = call.terminal.around.clock.wallMs();
    const columns: Column<ShownMessage>[] = [
      { head: 'MESSAGE', of: ({ id }) => id, align: 'right' },
      { head: 'KIND', of: ({ kind, called }) => (kind === 'operation' ? (called ? 'call' : 'signal') : kind) },
      { head: 'NAME', of: ({ name, signalName }) => (signalName === null ? name : `${name} "${signalName}"`) },
      { head: 'FROM', of: ({ from }) => from?.instanceId ?? '' },
      { head: 'WAITS', of: ({ since, due }) => agoText(due ?? since, nowMs) },
      { head: 'EVERY', of: ({ everyMs }) => (everyMs === null ? '' : spanText(everyMs)) },
      {
        head: 'NOTE',
        of: ({ behindLock, attempts, problem }) =>
          [problem, behindLock ? 'behind a lock' : '', attempts > 0 ? `${attempts} deaths` : '']
            .filter(Boolean)
            .join(', '),
      },
      { head: 'INPUT', of: ({ value }) => payloadText(value), wide: true },
    ];
    await writeList(call, entityPath(call.args[0], '/messages'), {}, columns, 'No message waits.');
  },
});

const operationArguments = [
  entityId,
  argument('operation', 'Name of the operation'),
  { ...argument('input', 'Input as JSON. `-` reads stdin'), optional: true },
] as const;

interface SignalFlags {
  readonly requestId?: string;
  readonly at?: string;
  readonly name?: string;
  readonly every?: string;
}

const signal = hubCommand<SignalFlags, [id: string, operation: string, input: string | undefined]>({
  brief: 'Sends a one-way operation. Ends when the message is durable',
  flags: {
    requestId: optionalText('Idempotency key: a repeat has no second effect', 'text'),
    at: optionalText('Due time (ISO 8601)', 'time'),
    name: optionalText('Name of the scheduled signal', 'name'),
    every: optionalText('Interval of a scheduled signal: 1h', 'time'),
  },
  args: { kind: 'tuple', parameters: operationArguments },
  async run({ api, terminal, flags, args: [id, operation, input] }) {
    const { requestId, at, name, every } = flags;
    const body = { operation, input: await jsonArgument(input, terminal), requestId, scheduledTime: at, name, every };
    const answer = await api.post<{ ticket: string }>(entityPath(id, '/signal'), body);
    await writeValue(terminal, flags, answer, () => `${safeText(answer.ticket)}\n`);
  },
});

const call = hubCommand<
  { requestId?: string; committed?: boolean },
  [id: string, operation: string, input: string | undefined]
>({
  brief: 'Calls an operation and writes its result',
  more: 'A call needs a host that runs the code of the entity: elsewhere, or in this process with --register.',
  flags: {
    requestId: optionalText('Idempotency key: a repeat gets the same result', 'text'),
    committed: optionalFlag('Run a read-only operation at once on the committed state'),
  },
  args: { kind: 'tuple', parameters: operationArguments },
  async run({ api, terminal, flags, args: [id, operation, input] }) {
    const { requestId, committed, timeout } = flags;
    const body = {
      operation,
      input: await jsonArgument(input, terminal),
      requestId,
      consistency: committed === true ? 'committed' : undefined,
      ...(timeout !== undefined && { timeout: Math.min(Math.max(timeout, 1), 60_000) }),
    };
    // The server ends the wait first, and says what the call waits for.
    const answer = await api.post<{ result: Payload | null }>(
      entityPath(id, '/call'),
      body,
      (timeout ?? 60_000) + 10_000,
    );
    await writeValue(terminal, flags, answer, () => (answer.result === null ? '' : `${blockText(answer.result)}\n`));
  },
});

const cancel = hubCommand<object, [id: string, name: string]>({
  brief: 'Cancels the scheduled signal of this name',
  args: { kind: 'tuple', parameters: [entityId, argument('name', 'Name of the scheduled signal')] },
  async run({ api, terminal, flags, args: [id, name] }) {
    const answer = await api.post<{ cancelled: boolean }>(entityPath(id, '/cancel'), { name });
    if (!answer.cancelled)
      throw new CliError('notFound', `No signal ${JSON.stringify(name)} waits for ${id}.`, 'See entities messages.');
    await writeValue(terminal, flags, answer, () => 'cancelled\n');
  },
});

const remove = hubCommand<SureFlags, [id: string]>({
  brief: 'Deletes the state of an entity, by a signal of its operation `delete`',
  more: 'The signal waits behind the messages that wait already. A class may define its own operation `delete`.',
  flags: sureFlags,
  args: { kind: 'tuple', parameters: [entityId] },
  async run({ api, terminal, flags, args: [id] }) {
    const { version, backlog } = await api.get<ShownDetail>(entityPath(id));
    if (flags.dryRun === true)
      return terminal.note(`would delete ${safeText(id)} (version ${version}, ${backlog} messages wait)\n`);
    await confirm(terminal, flags, `Delete the state of ${id} (version ${version})?`);
    const answer = await api.post<{ ticket: string }>(entityPath(id, '/signal'), { operation: 'delete' });
    await writeValue(terminal, flags, answer, () => `${safeText(answer.ticket)}\n`);
  },
});

export const entities = buildRouteMap({
  routes: { list, get, watch, messages, signal, call, cancel, delete: remove },
  docs: { brief: 'Looks at entities, and sends messages to them' },
});
