/** Metrics for OpenTelemetry: the statistics that a process collects anyway, given to a reader when it asks. Recording costs nothing more. */
import type { Inspector } from '../hub/inspector.js';
import type { Distribution, HubStatistics } from '../hub/statistics.js';
import { packageVersion } from '../core/package-version.js';
import type {
  CollectedMetrics,
  DataPoint,
  HistogramValue,
  HrTime,
  MetricAttributes,
  MetricData,
} from './metric-data.js';

/** A producer for the option `metricProducers` of a metric reader. */
export interface DurableMetricProducer {
  collect(): Promise<CollectedMetrics>;
}

/**
 * Boundaries of histograms of durations, in seconds: 128 µs to 2.4 h. Powers of two of a microsecond are boundaries of the statistics too, so
 * each value stays in its bucket.
 */
const secondsUpTo: readonly number[] = Array.from({ length: 27 }, (_, power) => 2 ** (power + 7) / 1_000_000);
const messagesUpTo: readonly number[] = Array.from({ length: 15 }, (_, power) => 2 ** power);

/**
 * Makes a producer of the metrics of this process.
 *
 * ```ts
 * new PeriodicExportingMetricReader({ exporter, metricProducers: [durableMetrics(host)] })
 * ```
 *
 * Attributes are names of code: entities, operations, orchestrations, activities. Keys, ids and values never appear. A process without a host
 * has no metrics but the sizes of the database.
 * @param from a host, or a client of `DurableClient.connect`
 */
export function durableMetrics(from: { readonly inspector: Inspector }): DurableMetricProducer {
  return {
    async collect() {
      const errors: unknown[] = [];
      const failed = (error: unknown): undefined => {
        errors.push(error);
      };
      const [statistics, overview] = await Promise.all([
        from.inspector.statistics().catch(failed),
        from.inspector.overview().catch(failed),
      ]);
      const metrics = [
        ...(statistics === undefined ? [] : metricsOf(statistics)),
        ...(overview === undefined ? [] : databaseSizes(overview.sizes, overview.hubTimeMs)),
      ];
      const scope = { name: 'durable-entities', version: packageVersion };
      return { resourceMetrics: { resource: undefined as never, scopeMetrics: [{ scope, metrics }] }, errors };
    },
  };
}

/** The metrics of statistics. */
export function metricsOf(statistics: HubStatistics): MetricData[] {
  const make = new Maker(hrTime(statistics.sinceMs), hrTime(statistics.atMs));
  const all = [
    ...ofWork(make, statistics),
    ...ofRuns(make, statistics),
    ...ofEngine(make, statistics),
    ...ofNow(make, statistics),
  ];
  return all.filter(({ dataPoints }) => dataPoints.length > 0);
}

function ofWork(make: Maker, { operations, activities, locks }: HubStatistics): MetricData[] {
  const named = operations.map((each) => [{ entity: each.entity, operation: each.operation }, each] as const);
  return [
    make.sum(
      'operations',
      'Operations of entities that ended.',
      '{operation}',
      named.flatMap(([names, { ok, failed }]) => outcomes(names, ok, failed)),
    ),
    make.times(
      'operation.duration',
      'Duration of the last attempt of operations.',
      named.map(([names, each]) => [names, each.duration]),
    ),
    make.times(
      'operation.queue_time',
      'Time of operations in the queue of their entity.',
      named.map(([names, each]) => [names, each.queued]),
    ),
    make.sum(
      'retries',
      'Failed attempts that were followed by another one.',
      '{attempt}',
      named.map(([names, each]) => [names, each.retries]),
    ),
    make.sum(
      'activities',
      'Activities that ended.',
      '{activity}',
      activities.flatMap(({ name, ok, failed }) => outcomes({ name }, ok, failed)),
    ),
    make.times(
      'activity.duration',
      'Duration of activities.',
      activities.map(({ name, duration }) => [{ name }, duration]),
    ),
    make.times(
      'lock.wait_time',
      'Time from the request of a lock to its grant.',
      locks.map(({ entity, waited }) => [{ entity }, waited]),
    ),
    make.times(
      'lock.hold_time',
      'Time from the grant of a lock to its release.',
      locks.map(({ entity, held }) => [{ entity }, held]),
    ),
  ];
}

function ofRuns(make: Maker, { runs }: HubStatistics): MetricData[] {
  return [
    make.sum(
      'runs.started',
      'Executions of orchestrations that began.',
      '{run}',
      runs.map(({ name, started }) => [{ name }, started]),
    ),
    make.sum(
      'runs.ended',
      'Orchestrations that ended.',
      '{run}',
      runs.flatMap((each) =>
        (['completed', 'failed', 'terminated'] as const).map(
          (status) => [{ name: each.name, status }, each[status]] as const,
        ),
      ),
    ),
    make.times(
      'run.duration',
      'Time from the creation of orchestrations to their end.',
      runs.map(({ name, duration }) => [{ name }, duration]),
    ),
  ];
}

function ofEngine(make: Maker, { commits, intake, deadLetters, resets, stalls }: HubStatistics): MetricData[] {
  const counted = (counts: Readonly<Record<string, number>>, attribute: string) =>
    Object.entries(counts).map(([name, count]) => [{ [attribute]: name }, count] as const);
  return [
    make.times('commit.duration', 'Duration of commits.', [[{}, commits.duration]]),
    make.sizes('commit.messages', 'Messages of a commit.', '{message}', commits.size),
    make.sum('messages', 'Messages of clients that commits made durable.', '{message}', [[{}, commits.accepted]]),
    make.times('intake.wait_time', 'Time of messages of clients in the intake queue.', [[{}, intake]]),
    make.sum('dead_letters', 'Messages that became dead letters.', '{message}', counted(deadLetters, 'kind')),
    make.sum('resets', 'Reloads of the state of the worker after an error.', '{reset}', counted(resets, 'cause')),
    make.times('loop.stall', 'Times in which one round of turns held up everything else.', [[{}, stalls]]),
  ];
}

function ofNow(make: Maker, { now }: HubStatistics): MetricData[] {
  if (now === undefined) return [];
  const backlog = Object.entries(now.backlog).map(([entity, count]) => [{ entity }, count] as const);
  return [
    make.gauge('backlog', 'Messages in memory that wait for entities.', '{message}', backlog),
    make.gauge('runs.backlog', 'Messages in memory that wait for orchestrations.', '{message}', [[{}, now.runBacklog]]),
    make.gauge('intake.waiting', 'Messages in the intake queue.', '{message}', [[{}, now.intake]]),
    make.gauge('instances', 'Entities and orchestrations in memory.', '{instance}', [[{}, now.instances]]),
    make.gauge('activities.running', 'Activities and external operations that run.', '{activity}', [[{}, now.outside]]),
    make.gauge('locks.held', 'Locked entities in memory.', '{lock}', [[{}, now.locksHeld]]),
    make.gauge('locks.waiting', 'Requests for locks that wait.', '{lock}', [[{}, now.locksWaiting]]),
    make.gauge('lease.left', 'Time until the lease of the worker ends.', 's', [[{}, now.leaseLeftMs / 1_000]]),
    make.gauge('partitions', 'Partitions of the worker.', '{partition}', [[{}, now.partitions]]),
  ];
}

function databaseSizes(
  sizes: readonly { readonly name: string; readonly bytes: number }[],
  atMs: number,
): MetricData[] {
  const make = new Maker(hrTime(atMs), hrTime(atMs));
  // The folder of the file is not of interest, and may name a person.
  const named = sizes.map(({ name, bytes }) => [{ file: name.split(/[\\/]/).at(-1) ?? name }, bytes] as const);
  return named.length === 0
    ? []
    : [make.gauge('database.bytes', 'Sizes of the files or tables of the database.', 'By', named)];
}

function outcomes(names: MetricAttributes, ok: number, failed: number): (readonly [MetricAttributes, number])[] {
  return [
    [{ ...names, outcome: 'ok' }, ok],
    [{ ...names, outcome: 'failed' }, failed],
  ];
}

class Maker {
  constructor(
    private readonly startTime: HrTime,
    private readonly endTime: HrTime,
  ) {}

  sum(
    name: string,
    description: string,
    unit: string,
    values: readonly (readonly [MetricAttributes, number])[],
  ): MetricData {
    return {
      ...described(name, description, unit, 0),
      dataPointType: 3,
      isMonotonic: true,
      dataPoints: this.points(values),
    };
  }

  gauge(
    name: string,
    description: string,
    unit: string,
    values: readonly (readonly [MetricAttributes, number])[],
  ): MetricData {
    return { ...described(name, description, unit, 1), dataPointType: 2, dataPoints: this.points(values) };
  }

  /** A histogram of durations in seconds. Names without a value are left out. */
  times(name: string, description: string, values: readonly (readonly [MetricAttributes, Distribution])[]): MetricData {
    const known = values.filter(([, { count }]) => count > 0);
    const points = known.map(([attributes, each]) => [attributes, histogram(each, secondsUpTo, 0.001)] as const);
    return { ...described(name, description, 's', 1), dataPointType: 0, dataPoints: this.points(points) };
  }

  sizes(name: string, description: string, unit: string, values: Distribution): MetricData {
    const points = values.count === 0 ? [] : [[{}, histogram(values, messagesUpTo, 1)] as const];
    return { ...described(name, description, unit, 0), dataPointType: 0, dataPoints: this.points(points) };
  }

  private points<Value>(values: readonly (readonly [MetricAttributes, Value])[]): DataPoint<Value>[] {
    const { startTime, endTime } = this;
    return values.map(([attributes, value]) => ({ startTime, endTime, attributes, value }));
  }
}

function described(name: string, description: string, unit: string, valueType: 0 | 1) {
  return {
    descriptor: { name: `durable_entities.${name}`, description, unit, valueType },
    aggregationTemporality: 1,
  } as const;
}

/** The logarithmic buckets, folded into fixed ones: a backend expects the same boundaries each time. */
function histogram({ count, sum, buckets }: Distribution, upTo: readonly number[], scale: number): HistogramValue {
  const counts = Array.from({ length: upTo.length + 1 }, () => 0);
  for (const bucket of buckets) {
    const at = upTo.findIndex((boundary) => bucket.upTo * scale <= boundary * 1.000001);
    const place = at < 0 ? upTo.length : at;
    counts[place] = (counts[place] as number) + bucket.count;
  }
  return { buckets: { boundaries: [...upTo], counts }, sum: sum * scale, count };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
}
