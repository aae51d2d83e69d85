/** Traces for OpenTelemetry: spans of messages that clients send, and of the work that they cause. Only if the caller is sampled. */
import {
  context,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { packageVersion } from '../core/package-version.js';
import { checkOptions } from '../model/options.js';
import type { HubTracer, SentMessage, TracedWork } from '../hub/tracer.js';

/** Options of `durableTracer`. */
export interface DurableTracerOptions {
  /** The provider of the spans. Default: the global one. */
  readonly tracerProvider?: TracerProvider | undefined;
}

/**
 * Makes the tracer for the option `tracer` of a host, or of `DurableClient.connect`.
 *
 * A message of a sampled caller gets a span that ends when the message is durable or answered, and carries its context. The work that the
 * message causes becomes spans of the same trace: the operation, the orchestration, its activities and calls, and what they send. Such a span
 * is made when its end is durable, with its true times. So each piece of work has one span, whatever was replayed or repeated, and whichever
 * process did it. The names of attributes follow the messaging conventions of OpenTelemetry, which are in development.
 * @throws InvalidArgumentError for an unknown option
 */
export function durableTracer(given?: DurableTracerOptions): HubTracer {
  const { tracerProvider } = checkOptions(given, { tracerProvider: true });
  // The global provider may be registered later, so it is asked each time. The API keeps its tracers.
  const tracer = () => (tracerProvider ?? trace).getTracer('durable-entities', packageVersion);
  return {
    isSampled: () => presentParent() !== undefined,
    sending: (message, send) => sending(tracer, message, send),
    within: (carried, work) => context.with(contextOf(carried), work),
    ended: (work) => ended(tracer(), work),
  };
}

/** The span of the present caller. `undefined` if it is not sampled. */
function presentParent(): SpanContext | undefined {
  const parent = trace.getSpanContext(context.active());
  return parent !== undefined && isSampled(parent) ? parent : undefined;
}

/** A caller that is not sampled costs the look at its context, and no promise. */
function sending<Result>(
  tracer: () => Tracer,
  message: SentMessage,
  send: (trace: string | undefined) => Promise<Result>,
): Promise<Result> {
  if (presentParent() === undefined) return send(undefined);
  return sendingSampled(tracer(), message, send);
}

async function sendingSampled<Result>(
  tracer: Tracer,
  { kind, name, target, operation }: SentMessage,
  send: (trace: string | undefined) => Promise<Result>,
): Promise<Result> {
  const span = tracer.startSpan(`${kind} ${operation === undefined ? name : `${name}.${operation}`}`, {
    // A call waits for its answer, the others do not.
    kind: kind === 'call' ? SpanKind.CLIENT : SpanKind.PRODUCER,
    attributes: attributesOf(name, target, 'send', kind),
  });
  try {
    const own = span.spanContext();
    return await send((own.traceFlags & TraceFlags.SAMPLED) === 0 ? undefined : textOf(own));
  } catch (error) {
    failed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Makes the span of work that has ended, below the span that caused it. */
function ended(tracer: Tracer, work: TracedWork): void {
  const { kind, name, operation, target, execution, task, startedMs, endedMs, outcome } = work;
  const attributes = attributesOf(name, target, 'process', kind);
  if (execution !== undefined) attributes['durable.execution'] = execution;
  if (task !== undefined) attributes['durable.task'] = task;
  if (outcome !== 'ok') attributes['error.type'] = outcome;
  const title = kind === 'operation' ? `${name}.${operation}` : kind === 'activity' ? `activity ${name}` : name;
  const spanKind = kind === 'operation' ? SpanKind.CONSUMER : SpanKind.INTERNAL;
  const span = tracer.startSpan(title, { kind: spanKind, startTime: startedMs, attributes }, contextOf(work.trace));
  if (outcome !== 'ok') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endedMs);
}

function attributesOf(name: string, target: string, type: 'send' | 'process', operation: string): Attributes {
  const attributes: Attributes = {
    'messaging.system': 'durable_entities',
    'messaging.destination.name': name,
    'messaging.operation.type': type,
    'messaging.operation.name': operation,
  };
  if (target.startsWith('@')) attributes['durable.entity.key'] = target.slice(target.indexOf('@', 1) + 1);
  else attributes['durable.instance.id'] = target;
  return attributes;
}

function failed(span: Span, error: unknown): void {
  const { code } = error as { code?: unknown };
  span.setAttribute('error.type', typeof code === 'string' ? code : 'error');
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function isSampled(of: SpanContext): boolean {
  // Most callers are not sampled, and a look at the form of the ids costs more than one at the flag.
  return (of.traceFlags & TraceFlags.SAMPLED) !== 0 && isSpanContextValid(of);
}

/** The W3C form. Only sampled contexts are carried. */
function textOf({ traceId, spanId }: SpanContext): string {
  return `00-${traceId}-${spanId}-01`;
}

/** The context of a carried trace. The root context if it cannot be read: the rows may have been edited. */
function contextOf(carried: string): Context {
  const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(carried) ?? [];
  const base = context.active();
  if (traceId === undefined || spanId === undefined) return base;
  return trace.setSpanContext(base, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}
