/** Commands on the whole task hub: explain, locks, dead-letters, workers. */
import { CliError } from '../cli-error.js';
import { entityPath, runPath } from '../connection/hub-api.js';
import { safeText } from '../output/safe-text.js';
import type { Column } from '../output/table.js';
import { agoText, spanText } from '../output/times.js';
import { buildRouteMap } from '../vendor/stricli.js';
import { doBulk } from './bulk.js';
import {
  argument,
  confirm,
  hubCommand,
  optionalFlag,
  optionalText,
  sureFlags,
  writeValue,
  type SureFlags,
} from './command.js';
import { listFlags, payloadText, writeList, type ListFlags, type Payload } from './list.js';

interface ShownExplanation {
  readonly subject: string;
  readonly isCut: boolean;
  readonly links: readonly {
    readonly depth: number;
    readonly subject: string;
    readonly code: string;
    readonly because: string;
    readonly since: string | null;
    readonly remedy: string | null;
  }[];
}

export const explain = hubCommand<object, [id: string]>({
  brief: 'Explains why an entity or orchestration does not move, and what to do',
  args: { kind: 'tuple', parameters: [argument('id', 'Entity id @name@key, or instance id')] },
  async run({ api, terminal, flags, args: [id] }) {
    const path = id.startsWith('@') ? entityPath(id, '/explain') : runPath(id, '/explain');
    const explanation = await api.get<ShownExplanation>(path);
    const nowMs = terminal.around.clock.wallMs();
    await writeValue(terminal, flags, explanation, () => {
      const lines = explanation.links.flatMap(({ depth, subject, because, since, remedy }) => {
        const indent = '  '.repeat(depth);
        const age = since === null ? '' : terminal.style('dim', ` (${agoText(since, nowMs)})`);
        const reason = `${indent}${terminal.style('bold', safeText(subject))}: ${safeText(because)}${age}`;
        return remedy === null ? [reason] : [reason, `${indent}  → ${terminal.style('green', safeText(remedy))}`];
      });
      return [...lines, ...(explanation.isCut ? ['There are further reasons.'] : []), ''].join('\n');
    });
    const [first] = explanation.links;
    if (first?.code === 'notFound')
      throw new CliError('notFound', `Nothing has the id ${JSON.stringify(id)}.`, 'Check the id.');
  },
});

interface ShownLock {
  readonly entityId: string;
  readonly instanceId: string;
  readonly since: string | null;
  readonly holder: { readonly name: string; readonly runtimeStatus: string } | null;
  readonly waiters: readonly { readonly instanceId: string; readonly since: string | null }[];
  readonly waiterCount: number;
  readonly waiting: number;
}

export const locks = hubCommand<ListFlags>({
  brief: 'Lists locked entities with holders and waiters, the longest held first',
  flags: listFlags,
  async run(call) {
    const nowMs = call.terminal.around.clock.wallMs();
    const columns: Column<ShownLock>[] = [
      { head: 'ENTITY', of: ({ entityId }) => entityId },
      { head: 'HELD BY', of: ({ instanceId }) => instanceId },
      { head: 'HOLDER', of: ({ holder }) => (holder === null ? 'no row' : `${holder.name}, ${holder.runtimeStatus}`) },
      { head: 'SINCE', of: ({ since }) => agoText(since, nowMs) },
      { head: 'WAITING', of: ({ waiting }) => waiting, align: 'right' },
      {
        head: 'WAITERS',
        of: ({ waiters, waiterCount }) =>
          [
            ...waiters.map(({ instanceId }) => instanceId),
            ...(waiterCount > waiters.length ? [`+${waiterCount - waiters.length}`] : []),
          ].join(' '),
        wide: true,
      },
    ];
    await writeList(call, '/locks', {}, columns, 'No entity is locked.');
  },
});

interface ShownLetter {
  readonly id: number;
  readonly target: string;
  readonly operation: string | null;
  readonly input: Payload | null;
  readonly attempts: number;
  readonly reason: string;
  readonly at: string;
}

const letterList = hubCommand<ListFlags & { target?: string }>({
  brief: 'Lists dead letters, the oldest first',
  flags: { ...listFlags, target: optionalText('Only of this entity, or `@name@` for all of a name', 'id') },
  async run(call) {
    const nowMs = call.terminal.around.clock.wallMs();
    const columns: Column<ShownLetter>[] = [
      { head: 'LETTER', of: ({ id }) => id, align: 'right' },
      { head: 'TARGET', of: ({ target }) => target },
      { head: 'OPERATION', of: ({ operation }) => operation ?? '(unreadable)' },
      { head: 'ATTEMPTS', of: ({ attempts }) => attempts, align: 'right' },
      { head: 'SET ASIDE', of: ({ at }) => agoText(at, nowMs) },
      { head: 'REASON', of: ({ reason }) => reason, wide: true },
      { head: 'INPUT', of: ({ input }) => payloadText(input), wide: true },
    ];
    await writeList(call, '/dead-letters', { target: call.flags.target }, columns, 'There are no dead letters.');
  },
});

type LetterFlags = SureFlags & { readonly target?: string; readonly all?: boolean };

/** A command on the dead letter of an id, on those of a target, or on all. */
function letterAction(verb: 'retry' | 'discard', brief: string) {
  return hubCommand<LetterFlags, [id: string | undefined]>({
    brief,
    flags: {
      ...sureFlags,
      target: optionalText('All of this entity, or `@name@` for all of a name', 'id'),
      all: optionalFlag('All dead letters'),
    },
    args: { kind: 'tuple', parameters: [{ ...argument('letter', 'Number of the dead letter'), optional: true }] },
    async run(call) {
      const { api, terminal, flags, args } = call;
      const [letter] = args;
      const { target, all } = flags;
      if ([letter !== undefined, target !== undefined, all === true].filter(Boolean).length !== 1)
        throw new CliError('usage', 'Give the number of a dead letter, --target, or --all.', 'See dead-letters list.');
      if (letter === undefined) {
        return doBulk(call, { select: { kind: 'deadLetters', target }, action: verb, what: 'dead letters' });
      }
      if (!/^-?\d{1,16}$/.test(letter))
        throw new CliError('usage', `${JSON.stringify(letter)} is not a number.`, 'See dead-letters list.');
      if (flags.dryRun === true) return terminal.note(`would ${verb} the dead letter ${letter}\n`);
      if (verb === 'discard') await confirm(terminal, flags, `Discard the dead letter ${letter}?`);
      const answer = await api.post<object>(`/dead-letters/${letter}/${verb}`, {});
      await writeValue(terminal, flags, answer, () => '');
    },
  });
}

export const deadLetters = buildRouteMap({
  routes: {
    list: letterList,
    retry: letterAction('retry', 'Sends dead letters again'),
    discard: letterAction('discard', 'Deletes dead letters'),
  },
  docs: { brief: 'Looks at messages that were set aside, and sends them again' },
});

interface ShownWorker {
  readonly incarnation: number;
  readonly kind: string;
  readonly name: string;
  readonly alive: boolean;
  readonly version: string;
  readonly seq: number;
  readonly leaseLeftMs: number;
  readonly holdsLock: boolean;
  readonly partitions: number;
}

export const workers = hubCommand<ListFlags>({
  brief: 'Lists workers and clients, living and dead, the newest first',
  flags: listFlags,
  async run(call) {
    const columns: Column<ShownWorker>[] = [
      { head: 'NUMBER', of: ({ incarnation }) => incarnation, align: 'right' },
      { head: 'KIND', of: ({ kind }) => kind },
      { head: 'NAME', of: ({ name }) => name },
      { head: 'STATE', of: ({ alive, leaseLeftMs }) => (!alive ? 'dead' : leaseLeftMs < 0 ? 'lease over' : 'alive') },
      { head: 'LEASE', of: ({ alive, leaseLeftMs }) => (alive && leaseLeftMs >= 0 ? spanText(leaseLeftMs) : '') },
      { head: 'PARTITIONS', of: ({ partitions }) => partitions, align: 'right' },
      { head: 'COMMITS', of: ({ seq }) => seq, align: 'right' },
      { head: 'VERSION', of: ({ version }) => version },
    ];
    await writeList(call, '/workers', {}, columns, 'No worker has ever joined.');
  },
});
