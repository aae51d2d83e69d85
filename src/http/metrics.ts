/** Metrics as Prometheus text, made of the statistics of this process. Labels are names of code, never keys or ids. */
import type { HostStatus } from '../host/index.js';
import type { Distribution, HubStatistics } from '../hub/statistics.js';

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [labels: Labels, value: number];
type Measured = readonly [labels: Labels, values: Distribution];

/** `statistics` is `undefined` in a process without a host. */
export function metricsText(statistics: HubStatistics | undefined, status: HostStatus | undefined): string {
  const text = new MetricsText();
  if (status !== undefined) {
    const roles = ['active', 'standby', 'stopped', 'failed'] as const;
    text.gauge(
      'role',
      'Whether the host has this role.',
      roles.map((role) => [{ role }, Number(status.role === role)]),
    );
    text.gauge('ready', 'Whether the host serves its clients.', [[{}, Number(status.ready)]]);
  }
  if (statistics !== undefined) {
    addWork(text, statistics);
    addEngine(text, statistics);
    addGauges(text, statistics);
  }
  return text.toString();
}

function addWork(text: MetricsText, { operations, activities, runs, locks }: HubStatistics): void {
  const ofOperation = operations.map((each) => [{ entity: each.entity, operation: each.operation }, each] as const);
  text.counter(
    'operations_total',
    'Operations of entities that ended.',
    ofOperation.flatMap(([labels, { ok, failed }]): Sample[] => [
      [{ ...labels, outcome: 'ok' }, ok],
      [{ ...labels, outcome: 'failed' }, failed],
    ]),
  );
  text.counter(
    'retries_total',
    'Failed attempts that were followed by another one.',
    ofOperation.map(([labels, { retries }]) => [labels, retries]),
  );
  text.histogram(
    'operation_duration',
    'Duration of the last attempt of operations.',
    ofOperation.map(([labels, { duration }]) => [labels, duration]),
  );
  text.histogram(
    'operation_queue_time',
    'Time of operations in the queue of their entity.',
    ofOperation.map(([labels, { queued }]) => [labels, queued]),
  );
  text.counter(
    'activities_total',
    'Activities that ended.',
    activities.flatMap(({ name, ok, failed }): Sample[] => [
      [{ name, outcome: 'ok' }, ok],
      [{ name, outcome: 'failed' }, failed],
    ]),
  );
  text.histogram(
    'activity_duration',
    'Duration of activities.',
    activities.map(({ name, duration }) => [{ name }, duration]),
  );
  text.counter(
    'runs_started_total',
    'Executions of orchestrations that began.',
    runs.map(({ name, started }) => [{ name }, started]),
  );
  text.counter(
    'runs_ended_total',
    'Orchestrations that ended.',
    runs.flatMap((each) =>
      (['completed', 'failed', 'terminated'] as const).map((status): Sample => [
        { name: each.name, status },
        each[status],
      ]),
    ),
  );
  text.histogram(
    'run_duration',
    'Time from the creation of orchestrations to their end.',
    runs.map(({ name, duration }) => [{ name }, duration]),
  );
  text.histogram(
    'lock_wait_time',
    'Time from the request of a lock to its grant.',
    locks.map(({ entity, waited }) => [{ entity }, waited]),
  );
  text.histogram(
    'lock_hold_time',
    'Time from the grant of a lock to its release.',
    locks.map(({ entity, held }) => [{ entity }, held]),
  );
}

function addEngine(text: MetricsText, { commits, intake, deadLetters, resets, stalls }: HubStatistics): void {
  text.histogram('commit_duration', 'Duration of commits.', [[{}, commits.duration]]);
  text.histogram('commit_messages', 'Messages of a commit.', [[{}, commits.size]], 1, '');
  text.counter('messages_accepted_total', 'Messages of clients that commits made durable.', [[{}, commits.accepted]]);
  text.counter('rows_total', 'Rows that commits wrote or deleted.', [
    [{ table: 'inbox', change: 'deleted' }, commits.consumed],
    [{ table: 'inbox', change: 'written' }, commits.inboxRows],
    [{ table: 'instances', change: 'written' }, commits.instances],
    [{ table: 'history', change: 'written' }, commits.historyRows],
  ]);
  text.histogram('intake_wait_time', 'Time of client messages in the intake queue.', [[{}, intake]]);
  text.counter(
    'dead_letters_total',
    'Messages that became dead letters.',
    Object.entries(deadLetters).map(([kind, count]) => [{ kind }, count]),
  );
  text.counter(
    'resets_total',
    'Reloads of the state of the worker.',
    Object.entries(resets).map(([cause, count]) => [{ cause }, count]),
  );
  text.histogram('loop_stall', 'Times in which one round of turns blocked the loop.', [[{}, stalls]]);
}

function addGauges(text: MetricsText, { now }: HubStatistics): void {
  if (now === undefined) return;
  text.gauge('intake_waiting', 'Messages of clients that wait to be admitted.', [[{}, now.intake]]);
  text.gauge(
    'backlog',
    'Messages in memory that wait for entities.',
    Object.entries(now.backlog).map(([entity, count]) => [{ entity }, count]),
  );
  text.gauge('run_backlog', 'Messages in memory that wait for orchestrations.', [[{}, now.runBacklog]]);
  text.gauge('instances', 'Entities and orchestrations in memory.', [[{}, now.instances]]);
  text.gauge('activities_running', 'Activities and external operations that run.', [[{}, now.outside]]);
  text.gauge('locks_held', 'Locked entities in memory.', [[{}, now.locksHeld]]);
  text.gauge('locks_waiting', 'Requests for locks that wait.', [[{}, now.locksWaiting]]);
  text.gauge('lease_left_seconds', 'Time until the lease ends.', [[{}, now.leaseLeftMs / 1_000]]);
  text.gauge('partitions', 'Partitions of this worker.', [[{}, now.partitions]]);
}

/** The text format of Prometheus 0.0.4. Durations are in seconds, as its conventions ask. */
class MetricsText {
  private readonly lines: string[] = [];

  counter(name: string, help: string, samples: readonly Sample[]): void {
    this.family(name, 'counter', help, samples);
  }

  gauge(name: string, help: string, samples: readonly Sample[]): void {
    this.family(name, 'gauge', help, samples);
  }

  /** @param scale the number by which values are multiplied */
  histogram(name: string, help: string, measured: readonly Measured[], scale = 0.001, unit = '_seconds'): void {
    if (measured.length === 0) return;
    const full = `durable_entities_${name}${unit}`;
    this.head(full, 'histogram', help);
    for (const [labels, { count, sum, buckets }] of measured) {
      let below = 0;
      for (const bucket of buckets.filter(({ upTo }) => Number.isFinite(upTo))) {
        below += bucket.count;
        this.sample(`${full}_bucket`, { ...labels, le: bucket.upTo * scale }, below);
      }
      this.sample(`${full}_bucket`, { ...labels, le: '+Inf' }, count);
      this.sample(`${full}_sum`, labels, sum * scale);
      this.sample(`${full}_count`, labels, count);
    }
  }

  toString(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }

  private family(name: string, type: string, help: string, samples: readonly Sample[]): void {
    if (samples.length === 0) return;
    this.head(`durable_entities_${name}`, type, help);
    for (const [labels, value] of samples) this.sample(`durable_entities_${name}`, labels, value);
  }

  private head(name: string, type: string, help: string): void {
    this.lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  private sample(name: string, labels: Labels, value: number): void {
    const inner = Object.entries(labels)
      .map(([label, text]) => `${label}="${escaped(String(text))}"`)
      .join(',');
    this.lines.push(`${name}${inner === '' ? '' : `{${inner}}`} ${value}`);
  }
}

/** A label value. Names of code may be any text. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
