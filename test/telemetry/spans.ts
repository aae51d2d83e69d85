/** A provider that keeps its spans in memory, and a caller whose context may be sampled. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { context, ROOT_CONTEXT, trace, TraceFlags, type Context, type ContextManager } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { durableTracer } from '../../src/telemetry/index.js';

/** The context of OpenTelemetry over awaits, as an application has it. */
export class Contexts implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.storage.run(active, () => work.call(self as never, ...args));
  }

  bind<T>(_active: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.storage.disable();
    return this;
  }
}

export class Spans {
  private readonly exporter = new InMemorySpanExporter();
  private readonly provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.exporter)] });
  readonly tracer = durableTracer({ tracerProvider: this.provider });

  constructor() {
    context.setGlobalContextManager(new Contexts().enable());
  }

  end(): void {
    context.disable();
  }

  clear(): void {
    this.exporter.reset();
  }

  /** Runs the work of a caller within a span of the application. */
  async within<T>(work: () => Promise<T>, { sampled = true } = {}): Promise<T> {
    if (!sampled) {
      const spanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.NONE };
      return context.with(trace.setSpanContext(context.active(), spanContext), work);
    }
    const span = this.own('request');
    try {
      return await context.with(trace.setSpan(context.active(), span), work);
    } finally {
      span.end();
    }
  }

  /** A span of the application, below the active one. */
  own(name: string) {
    return this.provider.getTracer('application').startSpan(name);
  }

  get all(): readonly ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  named(name: string): ReadableSpan {
    const found = this.all.filter((span) => span.name === name);
    if (found.length !== 1)
      throw new Error(`${found.length} spans are named ${name}: ${this.all.map((span) => span.name).join(', ')}`);
    return found[0] as ReadableSpan;
  }
}
