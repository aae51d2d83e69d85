/** Replay: brings an orchestrator back to where it was. It feeds the code the events of its history and compares what the code asks for. */
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

/** Feeds a run that was read back all that it was fed before, one event per drain, and compares. */
export async function replay(term: WorkerTerm, run: LiveRun, events: readonly HistoryEvent[]): Promise<void> {
  // A run that has just continued as new has no history: its code begins with a message.
  if (events.length > 0) run.session = startSession(term, run.id, run.record as RunRecord);
  await keepBooks(term, run, events);
}

/** The same without its code, which is told later, or never. */
export async function replayLater(term: WorkerTerm, run: LiveRun, events: readonly HistoryEvent[]): Promise<void> {
  await keepBooks(term, run, events);
  if (events.length > 0) run.pendingReplay = events;
}

/** The books of what the code was told and asked for; a session, where there is one, is told it again. */
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
    // The books are kept to the end in any case: they say what must be cleared when the run fails.
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
    const problem = 'its code ended where its history goes on';
    const now = `the orchestration ended (${session.outcome.kind})`;
    const before = 'the orchestration goes on';
    run.failure = { execution, error: new NonDeterministicOrchestrationError(run.id, problem, before, now) };
  }
}
