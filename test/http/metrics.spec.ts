import { expect } from 'chai';
import type { Distribution, HubStatistics } from '../../src/hub/statistics.js';
import { metricsText } from '../../src/http/metrics.js';
import { everything } from './counter.js';
import { httpSuite, send } from './harness.js';

const values: Distribution = {
  count: 3,
  sum: 70,
  max: 50,
  p50: 10,
  p90: 50,
  p99: 50,
  buckets: [
    { upTo: 10, count: 2 },
    { upTo: 64, count: 1 },
  ],
};

const statistics: HubStatistics = {
  sinceMs: 0,
  atMs: 1_000,
  operations: [
    { entity: 'a"b\\c\nd', operation: 'add', ok: 2, failed: 1, retries: 4, duration: values, queued: values },
  ],
  activities: [{ name: 'send', ok: 1, failed: 0, duration: values }],
  runs: [{ name: 'Transfer', started: 5, completed: 3, failed: 1, terminated: 0, duration: values }],
  locks: [{ entity: 'account', waited: values, held: values }],
  commits: { duration: values, accepted: 9, consumed: 8, inboxRows: 7, instances: 6, historyRows: 5, size: values },
  intake: values,
  recent: [],
  everyMs: 1_000,
  deadLetters: { operation: 2 },
  resets: { '': 1 },
  stalls: values,
  now: {
    intake: 1,
    backlog: { account: 3 },
    runBacklog: 2,
    instances: 10,
    outside: 4,
    locksHeld: 1,
    locksWaiting: 2,
    leaseLeftMs: 12_500,
    partitions: 64,
  },
};

describe('metrics', () => {
  const lines = metricsText(statistics, { role: 'active', ready: true } as never).split('\n');

  it('each line is a comment or a sample of the text format of Prometheus', () => {
    const sample =
      /^[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\})? -?\d+(\.\d+)?(e[+-]?\d+)?$/;
    const wrong = lines.filter(
      (line) => line !== '' && !/^# (HELP|TYPE) durable_entities_\w+ /.test(line) && !sample.test(line),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('labels are escaped', () => {
    expect(lines).to.include(
      'durable_entities_operations_total{entity="a\\"b\\\\c\\nd",operation="add",outcome="ok"} 2',
    );
  });

  it('histograms are cumulative, in seconds, and end with all values', () => {
    const commit = lines.filter((line) => line.startsWith('durable_entities_commit_duration_seconds'));
    expect(commit).to.deep.equal([
      'durable_entities_commit_duration_seconds_bucket{le="0.01"} 2',
      'durable_entities_commit_duration_seconds_bucket{le="0.064"} 3',
      'durable_entities_commit_duration_seconds_bucket{le="+Inf"} 3',
      'durable_entities_commit_duration_seconds_sum 0.07',
      'durable_entities_commit_duration_seconds_count 3',
    ]);
  });

  it('each metric has one type', () => {
    const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2]);
    expect(types).to.deep.equal([...new Set(types)]);
    expect(lines)
      .to.include('durable_entities_role{role="active"} 1')
      .and.include('durable_entities_lease_left_seconds 12.5');
  });
});

httpSuite('metrics over HTTP', (world) => {
  it('they are read like everything else, with a token', async () => {
    await world().start(everything);
    const inspector = { statistics: async () => statistics } as never;
    const open = await world().serveHandler({ inspector });
    const answer = await send(open, '/metrics');
    expect([answer.status, answer.headers['content-type']]).to.deep.equal([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const closed = await world().serveHandler({ inspector, tokens: { read: 'read-token-0123456789' } });
    expect((await send(closed, '/metrics')).status).to.equal(401);
  });
});
