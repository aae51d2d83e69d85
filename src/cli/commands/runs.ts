/** Commands that show orchestrations: list, get, history, timeline, watch, wait. */
import { CliError } from '../cli-error.js';
import { runPath, type HubApi } from '../connection/hub-api.js';
import { safeJson, safeText } from '../output/safe-text.js';
import { tableText, type Column } from '../output/table.js';
import type { Style, Terminal } from '../output/terminal.js';
import { agoText, betweenText } from '../output/times.js';
import {
  argument,
  fieldsText,
  hubCommand,
  optionalFlag,
  optionalNumber,
  optionalText,
  optionalTexts,
  writeValue,
  type OutputFlags,
} from './command.js';
import { listFlags, payloadText, writeList, type ListFlags, type Payload } from './list.js';

/** An orchestration of the API. */
export interface ShownRun {
  readonly instanceId: string;
  readonly name: string;
  readonly version: number;
  readonly runtimeStatus: string;
  readonly input: Payload | null;
  readonly output: Payload | null;
  readonly error: Payload | null;
  readonly customStatus: Payload | null;
  readonly reason: string | null;
  readonly awaitedEvents: readonly string[];
  readonly unreadEvents: readonly string[];
  readonly missingCode: readonly string[];
  readonly parentId: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly partition: number;
  readonly historyBytes: number;
  readonly scheduledTime: string | null;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly endedAt: string | null;
  readonly problem: string | null;
}

export const instanceId = argument('id', 'Instance id of the orchestration');

/** Conditions that select orchestrations. */
export interface RunConditions {
  readonly name?: string;
  readonly status?: readonly string[];
  readonly idPrefix?: string;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly endedBefore?: string;
  readonly parent?: string;
  readonly tag?: readonly string[];
  readonly contains?: string;
}

export const conditionFlags = {
  name: optionalText('Only orchestrations of this name', 'name'),
  status: optionalTexts(
    'Only this status, repeatable: pending, running, suspended, completed, failed, terminated',
    'status',
  ),
  idPrefix: optionalText('Only ids that begin so', 'text'),
  createdAfter: optionalText('Only created at this time or later (ISO 8601)', 'time'),
  createdBefore: optionalText('Only created before this time (ISO 8601)', 'time'),
  endedBefore: optionalText('Only ended before this time (ISO 8601)', 'time'),
  parent: optionalText('Only sub-orchestrations of this one', 'instance'),
  tag: optionalTexts('Only with this tag, repeatable', 'name:value'),
  contains: optionalText('Only records that contain this text (scans)', 'text'),
};

/** The conditions under the names of the API. */
export function conditionsOf(flags: RunConditions) {
  const { name, status, idPrefix, createdAfter, createdBefore, endedBefore, parent, tag, contains } = flags;
  return { name, status, idPrefix, createdAfter, createdBefore, endedBefore, parentId: parent, tag, contains };
}

/** A colour for a status, beside its word. */
function statusStyle(status: string): Style | undefined {
  const styles: Readonly<Record<string, Style>> = {
    failed: 'red',
    completed: 'green',
    suspended: 'yellow',
    running: 'cyan',
  };
  return styles[status];
}

export const list = hubCommand<RunConditions & ListFlags & { asc?: boolean }>({
  brief: 'Lists orchestrations, the newest first',
  flags: { ...listFlags, ...conditionFlags, asc: optionalFlag('The smallest id first') },
  async run(call) {
    const nowMs = call.terminal.around.clock.wallMs();
    const columns: Column<ShownRun>[] = [
      { head: 'INSTANCE', of: ({ instanceId }) => instanceId },
      { head: 'NAME', of: ({ name }) => name },
      { head: 'STATUS', of: ({ runtimeStatus }) => runtimeStatus, style: statusStyle },
      { head: 'CREATED', of: ({ createdAt }) => agoText(createdAt, nowMs) },
      { head: 'TOOK', of: ({ createdAt, endedAt }) => betweenText(createdAt, endedAt) },
      {
        head: 'OUTCOME',
        of: ({ output, error, problem, awaitedEvents }) =>
          problem ?? (error === null ? payloadText(output) || waiting(awaitedEvents) : errorText(error)),
        wide: true,
      },
    ];
    const query = { ...conditionsOf(call.flags), order: call.flags.asc === true ? 'asc' : 'desc' };
    await writeList(call, '/runs', query, columns, 'There are no such orchestrations.');
  },
});

function waiting(events: readonly string[]): string {
  return events.length === 0 ? '' : `waits for ${events.join(', ')}`;
}

/** Name and message of an error. */
export function errorText(error: Payload | null): string {
  const { name, message } = (error?.value ?? {}) as { name?: unknown; message?: unknown };
  return typeof message === 'string' ? `${typeof name === 'string' ? name : 'Error'}: ${message}` : payloadText(error);
}

export const get = hubCommand<{ full?: boolean }, [id: string]>({
  brief: 'Shows an orchestration',
  flags: { full: optionalFlag('Read values up to 1 MiB') },
  args: { kind: 'tuple', parameters: [instanceId] },
  async run({ api, terminal, flags, args: [id] }) {
    const run = await api.get<ShownRun>(runPath(id), { full: flags.full });
    await writeRun(terminal, flags, run);
  },
});

async function writeRun(terminal: Terminal, flags: OutputFlags, run: ShownRun): Promise<void> {
  const nowMs = terminal.around.clock.wallMs();
  const tags = Object.entries(run.tags).map(([name, value]) => `${name}:${value}`);
  await writeValue(terminal, flags, run, () =>
    fieldsText(terminal, [
      ['instance', run.instanceId],
      ['name', `${run.name} (version ${run.version})`],
      ['status', run.runtimeStatus],
      ['reason', run.reason],
      ['created', agoText(run.createdAt, nowMs)],
      ['starts', agoText(run.scheduledTime, nowMs)],
      ['ended', agoText(run.endedAt, nowMs)],
      ['took', betweenText(run.createdAt, run.endedAt)],
      ['parent', run.parentId],
      ['tags', tags.join(', ')],
      ['waits for events', run.awaitedEvents.join(', ')],
      ['unread events', run.unreadEvents.join(', ')],
      ['missing code', run.missingCode.join(', ')],
      ['input', payloadText(run.input)],
      ['custom status', payloadText(run.customStatus)],
      ['output', payloadText(run.output)],
      ['error', run.error === null ? null : errorText(run.error)],
      ['partition', run.partition],
      ['problem', run.problem],
    ]),
  );
}

interface ShownEvent {
  readonly index: number;
  readonly kind: string;
  readonly at: string | null;
  readonly task: number | null;
  readonly name: string | null;
  readonly target: string | null;
  readonly targets: readonly string[] | null;
  readonly value: Payload | null;
  readonly error: Payload | null;
}

export const history = hubCommand<ListFlags, [id: string]>({
  brief: 'Lists the events of the present execution, the oldest first',
  flags: listFlags,
  args: { kind: 'tuple', parameters: [instanceId] },
  async run(call) {
    const columns: Column<ShownEvent>[] = [
      { head: '#', of: ({ index }) => index, align: 'right' },
      { head: 'TIME', of: ({ at }) => at },
      { head: 'EVENT', of: ({ kind }) => kind, style: (kind) => (kind === 'failed' ? 'red' : undefined) },
      { head: 'TASK', of: ({ task }) => task, align: 'right' },
      { head: 'NAME', of: ({ name }) => name },
      { head: 'TARGET', of: ({ target, targets }) => targets?.join(' ') ?? target, wide: true },
      { head: 'VALUE', of: ({ value, error }) => (error === null ? payloadText(value) : errorText(error)), wide: true },
    ];
    await writeList(call, runPath(call.args[0], '/history'), {}, columns, 'The history is empty.');
  },
});

interface ShownBar {
  readonly kind: string;
  readonly name: string;
  readonly target: string | null;
  readonly targets: readonly string[] | null;
  readonly scheduledAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly outcome: string;
  readonly child: ShownTimeline | null;
}

interface ShownTimeline {
  readonly instanceId: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly isCut: boolean;
  readonly bars: readonly ShownBar[];
}

export const timeline = hubCommand<{ depth?: number }, [id: string]>({
  brief: 'Shows the steps of an orchestration on a scale of time: ░ waits, ▓ works',
  flags: { depth: optionalNumber('Levels of sub-orchestrations, 0 to 8. Default: 1', 'number') },
  args: { kind: 'tuple', parameters: [instanceId] },
  async run({ api, terminal, flags, args: [id] }) {
    const shown = await api.get<ShownTimeline>(runPath(id, '/timeline'), { depth: flags.depth });
    const nowMs = terminal.around.clock.wallMs();
    await writeValue(terminal, flags, shown, async () => {
      const from = Date.parse(shown.startedAt);
      const scale = { from, to: Math.max(shown.endedAt === null ? nowMs : Date.parse(shown.endedAt), from + 1), nowMs };
      const rows = [...barsOf(shown, 0)];
      const columns: Column<{ bar: ShownBar; depth: number }>[] = [
        { head: 'STEP', of: ({ bar, depth }) => `${'  '.repeat(depth)}${bar.kind} ${bar.name}`.trimEnd() },
        { head: 'OUTCOME', of: ({ bar }) => bar.outcome, style: (text) => (text === 'failed' ? 'red' : undefined) },
        { head: 'WAITED', of: ({ bar }) => betweenText(bar.scheduledAt, bar.startedAt) },
        { head: 'TOOK', of: ({ bar }) => betweenText(bar.startedAt ?? bar.scheduledAt, bar.endedAt) },
        { head: 'TIME', of: ({ bar }) => drawn(bar, scale) },
        { head: 'TARGET', of: ({ bar }) => bar.targets?.join(' ') ?? bar.target, wide: true },
      ];
      return tableText(rows, columns, terminal);
    });
    if (shown.isCut) terminal.note('The timeline is longer, or its history cannot be read to the end.\n');
  },
});

function* barsOf(timeline: ShownTimeline, depth: number): Generator<{ bar: ShownBar; depth: number }> {
  for (const bar of timeline.bars) {
    yield { bar, depth };
    if (bar.child !== null) yield* barsOf(bar.child, depth + 1);
  }
}

const barWidth = 30;

function drawn(bar: ShownBar, { from, to, nowMs }: { from: number; to: number; nowMs: number }): string {
  const place = (at: number) => Math.max(0, Math.min(barWidth, Math.round(((at - from) / (to - from)) * barWidth)));
  const begin = place(Date.parse(bar.scheduledAt));
  const end = Math.max(begin + 1, place(bar.endedAt === null ? nowMs : Date.parse(bar.endedAt)));
  const work = bar.startedAt === null ? (bar.outcome === 'open' ? end : begin) : place(Date.parse(bar.startedAt));
  const works = Math.min(work, end - (bar.startedAt === null ? 0 : 1));
  return `${' '.repeat(begin)}${'░'.repeat(Math.max(0, works - begin))}${'▓'.repeat(Math.max(0, end - Math.max(works, begin)))}`;
}

/** Whether an orchestration has ended. */
function hasEnded({ runtimeStatus }: ShownRun): boolean {
  return runtimeStatus === 'completed' || runtimeStatus === 'failed' || runtimeStatus === 'terminated';
}

/** The orchestration now and after each change. */
async function* changesOf(api: HubApi, id: string): AsyncGenerator<ShownRun, void> {
  await api.get<ShownRun>(runPath(id));
  for await (const { event, data } of api.events(runPath(id, '/changes'))) {
    if (event !== 'run') continue;
    if (data === null)
      throw new CliError('notFound', `The orchestration ${JSON.stringify(id)} was deleted.`, 'It was purged.');
    yield data as ShownRun;
  }
}

export const watch = hubCommand<object, [id: string]>({
  brief: 'Writes an orchestration, now and after each change, until it has ended',
  args: { kind: 'tuple', parameters: [instanceId] },
  async run({ api, terminal, flags, args: [id] }) {
    for await (const run of changesOf(api, id)) {
      if (flags.json === true || flags.jsonl === true) await terminal.write(`${safeJson(run)}\n`);
      else {
        const { runtimeStatus, customStatus, output, error, awaitedEvents } = run;
        const style = statusStyle(runtimeStatus);
        const status = style === undefined ? runtimeStatus : terminal.style(style, runtimeStatus);
        const text =
          error === null
            ? payloadText(output) || payloadText(customStatus) || waiting(awaitedEvents)
            : errorText(error);
        await terminal.write(`${run.lastUpdatedAt} ${status} ${safeText(text)}`.trimEnd() + '\n');
      }
      if (hasEnded(run)) return;
    }
    throw new CliError('failed', 'The server has ended the stream.', 'Run the command again.');
  },
});

export const wait = hubCommand<object, [id: string]>({
  brief: 'Waits until an orchestration has ended. Exit code 1 if it failed or was terminated, 5 after --timeout',
  args: { kind: 'tuple', parameters: [instanceId] },
  async run({ api, terminal, flags, args: [id] }) {
    const late = flags.timeout === undefined ? undefined : AbortSignal.timeout(flags.timeout);
    const run = await ended(api, id, late);
    await writeRun(terminal, flags, run);
    if (run.runtimeStatus !== 'completed')
      throw new CliError('failed', `The orchestration ${id} is ${run.runtimeStatus}.`, `See: runs history ${id}.`);
  },
});

async function ended(api: HubApi, id: string, late: AbortSignal | undefined): Promise<ShownRun> {
  const found = (async () => {
    for await (const run of changesOf(api, id)) if (hasEnded(run)) return run;
    throw new CliError('failed', 'The server has ended the stream.', 'Run the command again.');
  })();
  if (late === undefined) return found;
  found.catch(() => {});
  const timeout = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => {
      reject(new CliError('timeout', `The orchestration ${id} has not ended in time.`, `See: explain ${id}.`));
    });
  });
  return Promise.race([found, timeout]);
}
