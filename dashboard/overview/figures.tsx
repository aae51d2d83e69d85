/** Figures by name of code: entities with backlog, latencies and failures, and orchestrations with their ends. */
import type { Overview, Statistics, Types } from '../api/answers.js';
import { rates } from '../api/live.js';
import { addressOf } from '../routing/route.js';
import { Section } from '../ui/drawer.js';
import { Empty } from '../ui/states.js';
import { Table, type Column } from '../ui/table.js';
import { count, short, UserText } from '../ui/text.js';
import { precise } from '../ui/time.js';
import type { Growth } from './growth.js';
import { isOpen } from './tiles.js';

interface Props {
  readonly overview: Overview;
  readonly statistics: Statistics | undefined;
  readonly types: Types | undefined;
  readonly growth: Growth;
}

interface EntityRow {
  readonly name: string;
  readonly count: number | undefined;
  readonly backlog: number | undefined;
  readonly perSecond: number | undefined;
  readonly done: number;
  readonly failed: number;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly isRegistered: boolean;
}

export function EntityFigures(props: Props) {
  const rows = entityRows(props);
  return (
    <Section title="Entities">
      {rows.length === 0 ? (
        <Empty title="No entity has a state">The first signal or call to a registered entity makes it.</Empty>
      ) : (
        <Table
          label="Entities by name"
          items={rows}
          columns={entityColumns}
          idOf={({ name }) => name}
          hrefOf={({ name }) => addressOf('entities', { name })}
        />
      )}
    </Section>
  );
}

const entityColumns: readonly Column<EntityRow>[] = [
  {
    title: 'Name',
    kind: 'head',
    cell: (row) => <Name name={row.name} href={addressOf('entities', { name: row.name })} is={row.isRegistered} />,
  },
  { title: 'Exist', kind: 'number', cell: (row) => figure(row.count) },
  { title: 'Waiting', kind: 'number', cell: (row) => figure(row.backlog) },
  { title: 'Operations/s', kind: 'number', cell: (row) => rate(row.perSecond) },
  { title: 'Operations', kind: 'number', cell: (row) => count(row.done + row.failed) },
  { title: 'Failed', kind: 'number', cell: (row) => share(row.failed, row.done + row.failed) },
  { title: 'p50', kind: 'number', cell: (row) => latency(row.p50) },
  { title: 'p99', kind: 'number', cell: (row) => latency(row.p99) },
];

function entityRows({ overview, statistics, types, growth }: Props): EntityRow[] {
  const backlog = rates.value?.now?.backlog;
  const names = new Set([
    ...(overview.entities ?? []).map(({ name }) => name),
    ...(types?.entities ?? []).map(({ name }) => name),
  ]);
  return [...names].toSorted().map((name) => {
    const operations = (statistics?.operations ?? []).filter(({ entity }) => entity === name);
    const busiest = operations.toSorted((a, b) => b.duration.count - a.duration.count)[0];
    return {
      name,
      count: overview.entities === null ? undefined : (overview.entities.find((one) => one.name === name)?.count ?? 0),
      backlog: backlog === undefined ? undefined : (backlog[name] ?? 0),
      perSecond: growth.operationsPerSecond(name),
      done: operations.reduce((sum, { ok }) => sum + ok, 0),
      failed: operations.reduce((sum, { failed }) => sum + failed, 0),
      p50: busiest?.duration.p50,
      p99:
        operations.length === 0
          ? undefined
          : operations.reduce((most, { duration: { p99 } }) => Math.max(most, p99), 0),
      isRegistered: types?.entities.find((one) => one.name === name)?.registered ?? true,
    };
  });
}

interface RunRow {
  readonly name: string;
  readonly open: number | undefined;
  readonly perMinute: number | undefined;
  readonly completed: number | undefined;
  readonly failed: number | undefined;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly isRegistered: boolean;
}

export function RunFigures(props: Props) {
  const rows = runRows(props);
  return (
    <Section title="Orchestrations">
      {rows.length === 0 ? (
        <Empty title="No orchestration is registered or stored">
          <code>client.startNew(…)</code> makes the first instance.
        </Empty>
      ) : (
        <Table
          label="Orchestrations by name"
          items={rows}
          columns={runColumns}
          idOf={({ name }) => name}
          hrefOf={({ name }) => addressOf('runs', { name })}
        />
      )}
    </Section>
  );
}

const runColumns: readonly Column<RunRow>[] = [
  {
    title: 'Name',
    kind: 'head',
    cell: (row) => <Name name={row.name} href={addressOf('runs', { name: row.name })} is={row.isRegistered} />,
  },
  { title: 'Open', kind: 'number', cell: (row) => figure(row.open) },
  { title: 'Ended/min', kind: 'number', cell: (row) => rate(row.perMinute) },
  { title: 'Completed', kind: 'number', cell: (row) => figure(row.completed) },
  { title: 'Failed', kind: 'number', cell: (row) => figure(row.failed) },
  { title: 'p50', kind: 'number', cell: (row) => latency(row.p50) },
  { title: 'p99', kind: 'number', cell: (row) => latency(row.p99) },
];

function runRows({ overview: { runs }, statistics, types, growth }: Props): RunRow[] {
  const names = new Set([
    ...(runs ?? []).map(({ name }) => name),
    ...(types?.orchestrations ?? []).map(({ name }) => name),
  ]);
  return [...names].toSorted().map((name) => {
    const counted = runs?.filter((run) => run.name === name);
    const sum = (is: (status: string) => boolean) =>
      counted?.filter(({ runtimeStatus }) => is(runtimeStatus)).reduce((total, run) => total + run.count, 0);
    const figures = statistics?.runs.find((run) => run.name === name);
    return {
      name,
      open: sum(isOpen),
      perMinute: growth.endedPerMinute(name),
      completed: sum((status) => status === 'completed'),
      failed: sum((status) => status === 'failed'),
      p50: figures?.duration.p50,
      p99: figures?.duration.p99,
      isRegistered: types?.orchestrations.find((one) => one.name === name)?.registered ?? true,
    };
  });
}

function Name({ name, href, is }: { readonly name: string; readonly href: string; readonly is: boolean }) {
  return (
    <>
      <a class="link" href={href}>
        <UserText text={name} />
      </a>
      {!is && (
        <>
          {' '}
          <span class="tag">not registered here</span>
        </>
      )}
    </>
  );
}

function figure(value: number | undefined) {
  return value === undefined ? <span class="muted">–</span> : value === 0 ? <span class="muted">0</span> : count(value);
}

function rate(value: number | undefined) {
  return value === undefined || value === 0 ? figure(value) : short(value);
}

function latency(ms: number | undefined) {
  return ms === undefined || ms === 0 ? <span class="muted">–</span> : precise(ms);
}

function share(part: number, of: number) {
  if (part === 0) return <span class="muted">0</span>;
  return <span class="is-failed">{((part / of) * 100).toPrecision(2)} %</span>;
}
