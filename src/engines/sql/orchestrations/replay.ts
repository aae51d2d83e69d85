/**
 * Replay: brings the code of an orchestration back to its last turn. Replay feeds the events of the history and compares the actions of the
 * code with the recorded ones.
 */
import { compareActions, type HistoryEvent } from '../core/history.js';
import { RewindResults } from '../core/rewind.js';
import { ExecutionLedger } from '../core/execution-ledger.js';
import { NonDeterministicOrchestrationError } from '../../../errors/index.js';
import type { RunAction } from '../../../model/orchestration-events.js';
import type { RunRecord } from '../model/run-record.js';
import type { OrchestrationSession } from '../../../ports/user-code.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveRun } from '../live/live-instance.js';
import { replayedTurn } from './replayed-turn.js';
import { startSession } from './start-session.js';

/** Replays the history of an orchestration that was loaded, one event per drain, and compares the actions. */
export async function replay(term: WorkerTerm, run: LiveRun, events: readonly HistoryEvent[]): Promise<void> {
  // An orchestration that has just continued as new has no history: a message begins its code.
  if (events.length > 0) run.session = startSession(term, run.id, run.record as RunRecord);
  await keepBooks(term, run, events);
}

/** Rebuilds the ledger like `replay`, without running the code. The code is replayed later, or never. */
export async function replayLater(term: WorkerTerm, run: LiveRun, events: readonly HistoryEvent[]): Promise<void> {
  await keepBooks(term, run, events);
  if (events.length > 0) run.pendingReplay = events;
}

/** Rebuilds the ledger from the events and actions of the history. If there is a session, its code receives the events again. */
async function keepBooks(term: WorkerTerm, run: LiveRun, events: readonly HistoryEvent[]): Promise<void> {
  run.ledger = new ExecutionLedger(run.id, (run.record as RunRecord).execution);
  for (let i = 0; i < events.length;) {
    const event = events[i++] as HistoryEvent;
    if (event.h === 'lock') run.ledger.noteLock();
    if (event.h === 'kept') run.kept = new RewindResults(event.kept);
    if (event.h !== 'fed') continue;
    if (event.kept === true) run.kept?.take();
    run.ledger.noteFed(event.event, event.at);
    const recorded: RunAction[] = [];
    for (let next = events[i]; next?.h === 'did'; next = events[++i]) {
      run.kept?.claim(next.action);
      run.ledger.noteAction(next.action, next.row ?? 0, next.child);
      recorded.push(next.action);
    }
    // The ledger is always complete, because it says what must be cleared if the execution fails.
    if (run.session !== undefined && run.failure === undefined)
      await replayTurn(term, run, run.session, event, recorded);
  }
}

async function replayTurn(
  term: WorkerTerm,
  run: LiveRun,
  session: OrchestrationSession,
  { event, at }: HistoryEvent & { h: 'fed' },
  recorded: readonly RunAction[],
): Promise<void> {
  session.feed(event, at, replayedTurn(recorded));
  await term.ports.clock.drain();
  const mismatch = compareActions(recorded, session.collect());
  const { execution } = run.ledger;
  if (mismatch !== undefined) {
    const { recorded: before, requested: now } = mismatch;
    const problem = 'its code no longer matches its history';
    run.failure = { execution, error: new NonDeterministicOrchestrationError(run.id, problem, before, now) };
  } else if (session.outcome !== undefined) {
    const problem = 'its code ended where its history continues';
    const now = `the orchestration ended (${session.outcome.kind})`;
    const before = 'the orchestration continues';
    run.failure = { execution, error: new NonDeterministicOrchestrationError(run.id, problem, before, now) };
  }
}
