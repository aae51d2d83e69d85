import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import type { Inspector } from '../../src/hub/index.js';
import type { Distribution, HubStatistics } from '../../src/hub/statistics.js';
import { durableMetrics } from '../../src/telemetry/index.js';

/** Values in the buckets of statistics: four for each power of two, in microseconds. */
function distribution(values: readonly number[]): Distribution {
  const counts = new Map<number, number>();
  for (const value of values) {
    const upTo = 2 ** (Math.ceil(Math.log2(value * 1_000) * 4) / 4) / 1_000;
    counts.set(upTo, (counts.get(upTo) ?? 0) + 1);
  }
  const buckets = [...counts].map(([upTo, count]) => ({ upTo, count })).toSorted((a, b) => a.upTo - b.upTo);
  const sum = values.reduce((all, value) => all + value, 0);
  return { count: values.length, sum, max: Math.max(0, ...values), p50: 0, p90: 0, p99: 0, buckets };
}

const none = distribution([]);

const statistics: HubStatistics = {
  sinceMs: 1_000,
  atMs: 61_500,
  operations: [
    {
      entity: 'counter',
      operation: 'add',
      ok: 5,
      failed: 2,
      retries: 1,
      duration: distribution([1, 2, 40]),
      queued: distribution([3]),
    },
  ],
  activities: [{ name: 'charge', ok: 3, failed: 1, duration: distribution([900, 1_100, 20_000_000]) }],
  runs: [{ name: 'Sum', started: 4, completed: 2, failed: 1, terminated: 0, duration: distribution([5_000]) }],
  locks: [{ entity: 'counter', waited: distribution([10]), held: none }],
  commits: {
    duration: distribution([6]),
    accepted: 7,
    consumed: 8,
    inboxRows: 9,
    instances: 10,
    historyRows: 11,
    size: distribution([59]),
  },
  intake: none,
  recent: [],
  everyMs: 10_000,
  deadLetters: { operation: 1 },
  resets: { DE_LEASE_LOST: 2 },
  stalls: none,
  now: {
    intake: 1,
    backlog: { counter: 12 },
    runBacklog: 2,
    instances: 3,
    outside: 4,
    locksHeld: 5,
    locksWaiting: 6,
    leaseLeftMs: 7_500,
    partitions: 64,
  },
};

/** What a reader of the SDK gets of an inspector. */
async function collected(
  inspector: Partial<Inspector>,
): Promise<{ metrics: readonly MetricData[]; errors: readonly unknown[] }> {
  const reader = new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
    exportIntervalMillis: 2 ** 30,
    metricProducers: [durableMetrics({ inspector: inspector as Inspector })],
  });
  const provider = new MeterProvider({ readers: [reader] });
  try {
    const { resourceMetrics, errors } = await reader.collect();
    const own = resourceMetrics.scopeMetrics.find(({ scope }) => scope.name === 'durable-entities');
    return { metrics: own?.metrics ?? [], errors };
  } finally {
    await provider.shutdown();
  }
}

const overview = { sizes: [{ name: '/home/ann/hub.db', bytes: 4_096 }], hubTimeMs: 5 };
const whole: Partial<Inspector> = { statistics: async () => statistics, overview: async () => overview as never };

describe('metrics for OpenTelemetry', () => {
  it('a reader of the SDK gets every figure under its name, with its unit and attributes', async () => {
    const { metrics, errors } = await collected(whole);
    expect(errors).to.deep.equal([]);
    const shown = (name: string) => {
      const metric = metrics.find(({ descriptor }) => descriptor.name === `durable_entities.${name}`);
      return metric?.dataPoints.map(({ attributes, value }) => [
        attributes,
        typeof value === 'number' ? value : value.count,
      ]);
    };
    expect(shown('operations')).to.deep.equal([
      [{ entity: 'counter', operation: 'add', outcome: 'ok' }, 5],
      [{ entity: 'counter', operation: 'add', outcome: 'failed' }, 2],
    ]);
    expect(shown('operation.duration')).to.deep.equal([[{ entity: 'counter', operation: 'add' }, 3]]);
    expect(shown('retries')).to.deep.equal([[{ entity: 'counter', operation: 'add' }, 1]]);
    expect(shown('runs.ended')).to.deep.include([{ name: 'Sum', status: 'completed' }, 2]);
    expect(shown('dead_letters')).to.deep.equal([[{ kind: 'operation' }, 1]]);
    expect(shown('backlog')).to.deep.equal([[{ entity: 'counter' }, 12]]);
    expect(shown('lease.left')).to.deep.equal([[{}, 7.5]]);
    expect(shown('database.bytes')).to.deep.equal([[{ file: 'hub.db' }, 4_096]]);
    expect(shown('lock.hold_time'), 'without a value').to.equal(undefined);
    const units = new Map(metrics.map(({ descriptor }) => [descriptor.name, descriptor.unit]));
    expect(units.get('durable_entities.commit.duration')).to.equal('s');
    expect(units.get('durable_entities.database.bytes')).to.equal('By');
  });

  it('a histogram has the same boundaries each time, one count more, and loses no value', async () => {
    const { metrics } = await collected(whole);
    const histograms = metrics.filter(({ dataPointType }) => dataPointType === DataPointType.HISTOGRAM);
    expect(histograms.length).to.be.above(4);
    for (const { descriptor, dataPoints } of histograms) {
      for (const { value } of dataPoints) {
        const { buckets, count } = value as { buckets: { boundaries: number[]; counts: number[] }; count: number };
        expect(buckets.counts, descriptor.name).to.have.length(buckets.boundaries.length + 1);
        expect(
          buckets.counts.reduce((sum, each) => sum + each, 0),
          descriptor.name,
        ).to.equal(count);
        expect(buckets.boundaries).to.deep.equal(buckets.boundaries.toSorted((a, b) => a - b));
      }
    }
    const activity = histograms.find(({ descriptor }) => descriptor.name.endsWith('activity.duration'));
    const points = (activity as MetricData).dataPoints;
    const { buckets, sum } = (points[0] as { value: unknown }).value as {
      buckets: { boundaries: number[]; counts: number[] };
      sum: number;
    };
    expect(sum).to.equal(20_002);
    expect(buckets.counts.at(-1), 'beyond the last boundary').to.equal(1);
    expect(buckets.counts[buckets.boundaries.indexOf(2 ** 20 / 1e6)], 'up to 2^20 µs').to.equal(1);
  });

  it('sums begin with the process, and every point has the time of the statistics', async () => {
    const { metrics } = await collected(whole);
    const operations = metrics.find(({ descriptor }) => descriptor.name.endsWith('.operations'));
    expect(operations?.dataPoints[0]).to.deep.include({ startTime: [1, 0], endTime: [61, 500_000_000] });
    expect(operations).to.deep.include({ dataPointType: 3, isMonotonic: true, aggregationTemporality: 1 });
  });

  it('a process without a host has the sizes only, and an error of the inspector is reported to the reader', async () => {
    const client = await collected({ statistics: async () => undefined, overview: async () => overview as never });
    expect(client.metrics.map(({ descriptor }) => descriptor.name)).to.deep.equal(['durable_entities.database.bytes']);
    const broken = await collected({
      statistics: async () => statistics,
      overview: () => Promise.reject(new Error('closed')),
    });
    expect(broken.errors).to.have.length(1);
    expect(broken.metrics.length).to.be.above(10);
  });
});
