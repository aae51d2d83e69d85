/** The command `top`: the task hub at a glance, drawn again each second. */
import type { HubStatistics } from '../../hub/statistics.js';
import type { HubApi } from '../connection/hub-api.js';
import { safeJson, safeText } from '../output/safe-text.js';
import { tableText } from '../output/table.js';
import type { Terminal } from '../output/terminal.js';
import { agoText, countText, spanText } from '../output/times.js';
import { hubCommand, optionalFlag, optionalSpan } from './command.js';

interface ShownOverview {
  readonly version: string;
  readonly process: string;
  readonly role: string;
  readonly uptimeMs: number;
  readonly workers: number;
  readonly partitions: { readonly total: number; readonly owned: number };
  readonly entities: readonly { readonly name: string; readonly count: number }[] | null;
  readonly runs: readonly { readonly name: string; readonly runtimeStatus: string; readonly count: number }[] | null;
  readonly longestIdle: { readonly instanceId: string; readonly name: string; readonly lastUpdatedAt: string } | null;
  readonly longestLock: {
    readonly entityId: string;
    readonly instanceId: string;
    readonly since: string | null;
  } | null;
  readonly deadLetters: number;
}

interface Glance {
  readonly overview: ShownOverview;
  readonly statistics: HubStatistics | null;
}

const clearScreen = '\u001b[H\u001b[J';
const showCursor = '\u001b[?25h';
const hideCursor = '\u001b[?25l';

export const top = hubCommand<{ once?: boolean; every?: number }>({
  brief: 'Shows rates, queues, locks and failures, again each second. Without a terminal it shows them once',
  flags: { once: optionalFlag('Show it once'), every: optionalSpan('Time between two looks. Default: 1s') },
  async run({ api, terminal, flags }) {
    const isLive = flags.once !== true && (terminal.isTerminal || flags.jsonl === true) && flags.json !== true;
    const { signal } = terminal.around;
    if (isLive && flags.jsonl !== true) await terminal.write(hideCursor);
    try {
      do {
        const glance = await look(api);
        if (flags.json === true || flags.jsonl === true)
          await terminal.write(`${safeJson(glance, flags.json === true ? 2 : undefined)}\n`);
        else await terminal.write(`${isLive ? clearScreen : ''}${await drawn(glance, terminal)}`);
      } while (isLive && (await pause(terminal, Math.max(flags.every ?? 1_000, 200))));
    } catch (error) {
      if (!signal.aborted || !isLive) throw error;
    } finally {
      if (isLive && flags.jsonl !== true) terminal.around.stdout.write(showCursor);
    }
  },
});

async function look(api: HubApi): Promise<Glance> {
  const [overview, { statistics }] = await Promise.all([
    api.get<ShownOverview>('/overview'),
    api.get<{ statistics: HubStatistics | null }>('/stats'),
  ]);
  return { overview, statistics };
}

/** Resolves with `false` when the user ends the command. */
function pause(terminal: Terminal, ms: number): Promise<boolean> {
  const { clock, signal } = terminal.around;
  return new Promise((resolve) => {
    const timer = clock.setTimer(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    });
    const stop = () => {
      timer.cancel();
      resolve(false);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

async function drawn({ overview, statistics }: Glance, terminal: Terminal): Promise<string> {
  const { role, workers, partitions, uptimeMs } = overview;
  const head = `${terminal.style('bold', safeText(overview.process))}  ${role}  up ${spanText(uptimeMs)}  ${workers} workers  ${partitions.owned}/${partitions.total} partitions\n`;
  const parts = [
    head,
    rates(statistics),
    attention(overview, terminal),
    await types(overview, statistics, terminal),
    await orchestrations(overview, statistics, terminal),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** Rates of the last interval that is over. */
function rates(statistics: HubStatistics | null): string {
  if (statistics === null) return 'no rates: no host runs in this process (use --url)\n';
  const { recent, everyMs, commits, intake } = statistics;
  const last = recent.at(-2);
  const a = (count: number | undefined) => countText(Math.round(((count ?? 0) * 1_000) / everyMs));
  return [
    `operations/s ${a(last?.operations)}`,
    `failed/s ${a(last?.failed)}`,
    `commits/s ${a(last?.commits)}`,
    `accepted/s ${a(last?.accepted)}`,
    `activities/s ${a(last?.activities)}`,
    `commit p99 ${spanText(commits.duration.p99)}`,
    `intake p99 ${spanText(intake.p99)}\n`,
  ].join('  ');
}

function attention({ deadLetters, longestLock, longestIdle }: ShownOverview, terminal: Terminal): string {
  const nowMs = terminal.around.clock.wallMs();
  const lines = [
    deadLetters === 0 ? '' : `${countText(deadLetters)} dead letters (dead-letters list)`,
    longestLock === null
      ? ''
      : `${longestLock.instanceId} has locked ${longestLock.entityId}, ${agoText(longestLock.since, nowMs)} (explain)`,
    longestIdle === null
      ? ''
      : `${longestIdle.instanceId} (${longestIdle.name}) was written ${agoText(longestIdle.lastUpdatedAt, nowMs)} (explain)`,
  ];
  return lines
    .filter((line) => line !== '')
    .map((line) => `${terminal.style('yellow', '!')} ${safeText(line)}\n`)
    .join('');
}

/** The maximum number of names on the screen. */
const namesMax = 15;

async function types(
  { entities }: ShownOverview,
  statistics: HubStatistics | null,
  terminal: Terminal,
): Promise<string> {
  const names = new Set([
    ...(entities ?? []).map(({ name }) => name),
    ...(statistics?.operations ?? []).map(({ entity }) => entity),
  ]);
  if (names.size === 0) return '';
  const rows = [...names].slice(0, namesMax).map((name) => {
    const figures = (statistics?.operations ?? []).filter(({ entity }) => entity === name);
    const sum = (of: (figure: (typeof figures)[number]) => number) =>
      figures.reduce((all, figure) => all + of(figure), 0);
    return {
      name,
      count: entities?.find((each) => each.name === name)?.count,
      backlog: statistics?.now?.backlog[name],
      done: sum(({ ok }) => ok),
      failed: sum(({ failed }) => failed),
      p99: figures.length === 0 ? undefined : Math.max(...figures.map(({ duration }) => duration.p99)),
    };
  });
  return tableText(
    rows,
    [
      { head: 'ENTITY', of: ({ name }) => name },
      { head: 'NUMBER', of: ({ count }) => numberText(count), align: 'right' },
      { head: 'BACKLOG', of: ({ backlog }) => numberText(backlog), align: 'right' },
      { head: 'DONE', of: ({ done }) => numberText(done), align: 'right' },
      {
        head: 'FAILED',
        of: ({ failed }) => numberText(failed),
        align: 'right',
        style: (text) => (text === '0' ? undefined : 'red'),
      },
      { head: 'P99', of: ({ p99 }) => (p99 === undefined ? '' : spanText(p99)), align: 'right' },
    ],
    terminal,
  );
}

async function orchestrations(
  { runs }: ShownOverview,
  statistics: HubStatistics | null,
  terminal: Terminal,
): Promise<string> {
  const names = [...new Set((runs ?? []).map(({ name }) => name))].slice(0, namesMax);
  if (names.length === 0) return '';
  const rows = names.map((name) => {
    const own = (runs ?? []).filter((each) => each.name === name);
    const count = (...statuses: string[]) =>
      own.filter(({ runtimeStatus }) => statuses.includes(runtimeStatus)).reduce((sum, each) => sum + each.count, 0);
    return {
      name,
      open: count('pending', 'running', 'suspended'),
      completed: count('completed'),
      failed: count('failed', 'terminated'),
      p99: statistics?.runs.find((each) => each.name === name)?.duration.p99,
    };
  });
  return tableText(
    rows,
    [
      { head: 'ORCHESTRATION', of: ({ name }) => name },
      { head: 'OPEN', of: ({ open }) => numberText(open), align: 'right' },
      { head: 'COMPLETED', of: ({ completed }) => numberText(completed), align: 'right' },
      {
        head: 'FAILED',
        of: ({ failed }) => numberText(failed),
        align: 'right',
        style: (text) => (text === '0' ? undefined : 'red'),
      },
      { head: 'P99', of: ({ p99 }) => (p99 === undefined ? '' : spanText(p99)), align: 'right' },
    ],
    terminal,
  );
}

function numberText(number: number | undefined): string {
  return number === undefined ? '' : countText(number);
}
