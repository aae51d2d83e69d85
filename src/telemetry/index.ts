/** The entry `durable-entities/telemetry`: metrics and traces for OpenTelemetry. It needs the package @opentelemetry/api. */
export { durableMetrics, type DurableMetricProducer } from './metrics.js';
export { durableTracer, type DurableTracerOptions } from './tracer.js';
export type {
  CollectedMetrics,
  DataPoint,
  HistogramValue,
  HrTime,
  MetricAttributes,
  MetricData,
} from './metric-data.js';
