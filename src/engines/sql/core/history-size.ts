/** Estimates the size of a history: the texts of users, and an allowance for everything else. */
import type { RunAction, SessionEvent } from '../../../model/orchestration-events.js';

const allowance = 120;

export function eventBytes(event: SessionEvent): number {
  switch (event.kind) {
    case 'started':
      return allowance + (event.input?.length ?? 0);
    case 'completed':
    case 'event':
      return allowance + (event.value?.length ?? 0);
    case 'failed':
      return allowance + event.error.length;
    case 'fired':
    case 'granted':
      return allowance;
  }
}

export function actionBytes(action: RunAction): number {
  if (action.kind === 'lock') return allowance + action.targets.reduce((sum, target) => sum + target.length, 0);
  const text = 'input' in action ? action.input : 'value' in action ? action.value : undefined;
  return allowance + (text?.length ?? 0);
}
