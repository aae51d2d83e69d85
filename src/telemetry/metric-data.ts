/**
 * Shapes of metrics, as readers of @opentelemetry/sdk-metrics 2 take them from a producer. Declared here, so that this package needs the SDK
 * neither at run time nor for its types.
 */

/** An instant as OpenTelemetry writes it. */
export type HrTime = [seconds: number, nanoseconds: number];

/** Attributes of a value: names of code, never keys or ids. */
export type MetricAttributes = Readonly<Record<string, string>>;

/** Buckets of a histogram: `counts` has one number more than `boundaries`. */
export interface HistogramValue {
  buckets: { boundaries: number[]; counts: number[] };
  sum: number;
  count: number;
}

/** A value of a metric, with its attributes and times. */
export interface DataPoint<Value> {
  startTime: HrTime;
  endTime: HrTime;
  attributes: MetricAttributes;
  value: Value;
}

interface Described {
  descriptor: { name: string; description: string; unit: string; valueType: 0 | 1 };
  /** 1: since the beginning of the process. */
  aggregationTemporality: 1;
}

/** One metric. `dataPointType` is 0 for histograms, 2 for gauges, 3 for sums. */
export type MetricData =
  | (Described & { dataPointType: 0; dataPoints: DataPoint<HistogramValue>[] })
  | (Described & { dataPointType: 2; dataPoints: DataPoint<number>[] })
  | (Described & { dataPointType: 3; isMonotonic: boolean; dataPoints: DataPoint<number>[] });

/** The result of one collection. */
export interface CollectedMetrics {
  resourceMetrics: {
    /** Readers keep the resource of their own provider. */
    resource: never;
    scopeMetrics: { scope: { name: string; version: string }; metrics: MetricData[] }[];
  };
  errors: unknown[];
}
