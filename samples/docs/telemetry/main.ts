import { AggregationTemporality, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics';
import { DurableHost, Entity, EntityId, Operation } from 'durable-entities';

@Entity()
class Account {
  cents = 0;

  @Operation()
  async deposit(cents: number): Promise<number> {
    return (this.cents += cents);
  }
}

// Your exporter in place of this one.
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);

// #region traces
import { durableTracer } from 'durable-entities/telemetry';

const host = await DurableHost.start({ storage: ':memory:', register: [Account], tracer: durableTracer() });
// #endregion

// #region metrics
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { durableMetrics } from 'durable-entities/telemetry';

const meters = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter, metricProducers: [durableMetrics(host)] })],
});
// #endregion

// #region logs
import { pino } from 'pino';

const logged = await DurableHost.start({ storage: ':memory:', register: [Account], logger: pino({ level: 'warn' }) });
// #endregion
await logged.stop();

// The host counts from the first collection on.
await meters.forceFlush();
await host.client.callEntity(new EntityId('Account', 'ann'), 'deposit', 5);
await meters.forceFlush();
const names = exporter
  .getMetrics()
  .flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name)),
  );
console.log(names.includes('durable_entities.commit.duration') ? 'commits are measured' : names.join());
await meters.shutdown();
await host.stop();
