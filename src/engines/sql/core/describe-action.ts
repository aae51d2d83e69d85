import type { RunAction } from '../../../model/orchestration-events.js';
import { describeDetails } from '../../../model/run-start.js';
import { withoutStacks } from '../../../model/values.js';

function named({ name, version }: { readonly name: string; readonly version?: number | undefined }): string {
  return version === undefined ? name : `${name}@${version}`;
}

/**
 * The text of an action in one line, for comparing and for showing. Inputs are part of it; errors in inputs are written without their
 * stacks.
 */
export function describeAction(action: RunAction): string {
  switch (action.kind) {
    case 'call':
      return `#${action.task} call ${action.target} ${action.operation}(${withoutStacks(action.input)})${action.section === undefined ? '' : ` in section ${action.section}`}`;
    case 'signal':
      return `#${action.task} signal ${action.target} ${action.operation}(${withoutStacks(action.input)})${action.dueMs === undefined ? '' : ` at ${action.dueMs}`}${action.name === undefined ? '' : ` as ${JSON.stringify(action.name)}`}${action.everyMs === undefined ? '' : ` every ${action.everyMs} ms`}`;
    case 'cancelSignal':
      return `#${action.task} cancel signal ${JSON.stringify(action.name)} of ${action.target}`;
    case 'activity':
      return `#${action.task} activity ${action.name}(${withoutStacks(action.input)})`;
    case 'sub':
      return `#${action.task} sub-orchestration ${named(action)}(${withoutStacks(action.input)})${action.instanceId === undefined ? '' : ` as ${action.instanceId}`}${describeDetails(action.details)}`;
    case 'start':
      return `#${action.task} start ${named(action)}(${withoutStacks(action.input)}) as ${action.instanceId}${describeDetails(action.details)}`;
    case 'event':
      return `#${action.task} event ${action.name}(${withoutStacks(action.value)}) to ${action.instanceId}`;
    case 'timer':
      return `#${action.task} timer at ${action.dueMs}${action.limits === undefined ? '' : ` as a limit of ${action.limits.ms} ms`}`;
    case 'cancelTimer':
      return `#${action.task} cancel timer #${action.timer}`;
    case 'cancelActivity':
      return `#${action.task} cancel activity #${action.activity}`;
    case 'lock':
      return `#${action.task} lock ${action.targets.join(', ')}`;
    case 'release':
      return `#${action.task} release section #${action.section}`;
    case 'refused':
      return `#${action.task} nobody has announced ${action.name}`;
    case 'patch':
      return `#${action.task} patch ${JSON.stringify(action.id)}`;
  }
}
