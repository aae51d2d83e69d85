import type { Container } from 'inversify';
import { createClassSupport } from '../classes/index.js';
import { compareActions, type HistoryEvent } from '../engines/sql/core/history.js';
import { replayedTurn } from '../engines/sql/orchestrations/replayed-turn.js';
import { InvalidArgumentError, NonDeterministicOrchestrationError } from '../errors/index.js';
import { quoted } from '../errors/text.js';
import type { OrchestrationReference } from '../functions/references.js';
import { decodeError } from '../model/error-details.js';
import { defaultLimits } from '../model/limits.js';
import { checkOptions } from '../model/options.js';
import type { RunAction } from '../model/orchestration-events.js';
import { decodeValue } from '../model/values.js';
import type { OrchestrationSession } from '../ports/user-code.js';
import { Programs } from '../contexts/programs.js';
import type { OrchestrationHistory } from './history.js';
import { everyName, silent } from './outside-host.js';
import { microtasksDone } from './real-time.js';

/** The options of `replay`. */
export interface ReplayOptions {
  /** Further classes: entity classes that the orchestration addresses by an interface and a key alone. Default: no classes. */
  readonly register?: readonly unknown[] | undefined;
  /** The container with the services of an orchestration class. Default: an empty container. */
  readonly container?: Container | undefined;
  /** A resolver of services, as in the options of a host. Default: none. */
  readonly services?: { has(token: unknown): boolean; get(token: unknown): unknown } | undefined;
  /** Whether classes that neither `container` nor `services` has are built automatically. Default: true. */
  readonly autobind?: boolean | undefined;
}

/** The status of the code at the end of a history that it matches. */
export type Replayed<Output> =
  | { readonly status: 'completed'; readonly output: Output }
  | { readonly status: 'failed'; readonly error: Error }
  /** The code waits for an event that is not in the history. */
  | { readonly status: 'running' };

/**
 * Runs the code of an orchestration over a recorded history. In each turn the code receives the recorded events, and must ask for the
 * recorded actions in the same order. No entity and no activity runs. The outcome of a recorded run that failed is not compared.
 * @param history from `host.history` or `readHistory`, also if it was saved as JSON in between
 * @param orchestration the present code, with the recorded name and version
 * @returns the status of the code at the end of the history
 * @throws NonDeterministicOrchestrationError with both sides if the code differs; InvalidArgumentError, RegistrationError
 */
export async function replay<Input, Output>(
  history: OrchestrationHistory,
  orchestration: OrchestrationReference<Input, Output>,
  options: ReplayOptions = {},
): Promise<Replayed<Output>> {
  const { run, events } = checked(history);
  const session = openSession(run, orchestration, options);
  try {
    const turns = turnsOf(events as readonly HistoryEvent[]);
    for (const [index, { fed, recorded }] of turns.entries()) {
      session.code.feed(fed.event, fed.at, replayedTurn(recorded));
      await microtasksDone();
      const mismatch = compareActions(recorded, session.code.collect());
      if (session.violation !== undefined) throw session.violation;
      if (mismatch !== undefined) {
        const now = withFailure(mismatch.requested, session.code);
        throw differs(run.instanceId, 'its code no longer matches its history', mismatch.recorded, now);
      }
      if (index < turns.length - 1) checkGoesOn(run.instanceId, session.code);
    }
    return endOf<Output>(history, session.code, turns.length);
  } finally {
    session.code.close();
  }
}

interface OpenSession {
  readonly code: OrchestrationSession;
  violation: Error | undefined;
}

function openSession(run: OrchestrationHistory['run'], orchestration: unknown, options: ReplayOptions): OpenSession {
  const checked = checkOptions(options, { register: true, container: true, services: true, autobind: true });
  const { register = [] } = checked;
  const registered = [orchestration, ...register.filter((item) => item !== orchestration)];
  const classes = createClassSupport({ ...checked, registered });
  const [definition] = classes.definitions;
  if (definition?.kind !== 'orchestration')
    throw new InvalidArgumentError(
      'orchestration',
      `${quoted(orchestration)} is not an orchestration`,
      'Give its definition or its class.',
    );
  const { name, version = 1 } = definition;
  if (name !== run.name || version !== run.version) {
    throw new InvalidArgumentError(
      'orchestration',
      `the history is of ${run.name}, version ${run.version}, not of ${name}, version ${version}`,
      'A run is pinned to its name and version: give the code that a host would give it.',
    );
  }
  const programs = new Programs(classes.definitions, { classes, directory: everyName, limits: defaultLimits }, silent);
  const observer = {
    violated: (error: unknown) => {
      opened.violation ??= error as Error;
    },
    log() {},
  };
  const { instanceId, executionId } = run;
  const code = programs.orchestration(name, version)?.start({ instanceId, executionId, name }, observer);
  const opened: OpenSession = { code: code as OrchestrationSession, violation: undefined };
  return opened;
}

interface Turn {
  readonly fed: HistoryEvent & { h: 'fed' };
  readonly recorded: readonly RunAction[];
}

function turnsOf(events: readonly HistoryEvent[]): Turn[] {
  const turns: (Turn & { recorded: RunAction[] })[] = [];
  for (const event of events) {
    if (event.h === 'fed') turns.push({ fed: event, recorded: [] });
    else if (event.h === 'did') turns.at(-1)?.recorded.push(event.action);
  }
  return turns;
}

function checkGoesOn(instanceId: string, { outcome }: OrchestrationSession): void {
  if (outcome === undefined) return;
  const now = `the orchestration ended (${outcome.kind})`;
  throw differs(instanceId, 'its code ended where its history continues', 'the orchestration continues', now);
}

function endOf<Output>(
  { run: { instanceId }, outcome: recorded }: OrchestrationHistory,
  code: OrchestrationSession,
  turns: number,
): Replayed<Output> {
  if (recorded === null) checkGoesOn(instanceId, code);
  const { outcome } = code;
  if (outcome?.kind === 'completed') return { status: 'completed', output: decodeValue(outcome.output) as Output };
  if (recorded?.kind === 'completed') {
    const now = outcome === undefined ? 'the orchestration continues' : `the orchestration ended (${outcome.kind})`;
    throw differs(instanceId, 'its code did not complete where its history did', 'it completed', now);
  }
  if (outcome?.kind === 'failed') return { status: 'failed', error: decodeError(outcome.error) };
  if (turns > 0 && !code.waiting)
    throw new NonDeterministicOrchestrationError(
      instanceId,
      'it waits for something that is not durable',
      undefined,
      undefined,
      code.lastStep,
    );
  return { status: 'running' };
}

/** Adds the error of code that failed: it explains why the code asks for nothing more. */
function withFailure(requested: string | undefined, { outcome }: OrchestrationSession): string | undefined {
  if (outcome?.kind !== 'failed') return requested;
  return `${requested ?? 'nothing'} (it failed: ${String(decodeError(outcome.error))})`;
}

function differs(instanceId: string, problem: string, before?: string, now?: string): Error {
  return new NonDeterministicOrchestrationError(instanceId, problem, before, now);
}

function checked(history: OrchestrationHistory): OrchestrationHistory {
  const { run, events } = (history ?? {}) as Partial<OrchestrationHistory>;
  if (typeof run?.instanceId === 'string' && typeof run.name === 'string' && Array.isArray(events)) return history;
  throw new InvalidArgumentError(
    'history',
    'it lacks `run` or `events`',
    'Give the value that host.history or readHistory returned.',
  );
}
