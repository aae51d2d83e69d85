/** Name of the last request of an orchestrator, without its input. A session keeps one, for the error of code that awaits nothing durable. */
import type { RunAction } from '../model/orchestration-events.js';

export class LastStep {
  private task = 0;
  private kind = '';
  private subject: string | undefined = undefined;
  private target: string | undefined = undefined;

  note(action: RunAction): void {
    this.task = action.task;
    this.kind = action.kind;
    this.subject = 'operation' in action ? action.operation : 'name' in action ? action.name : undefined;
    this.target = 'target' in action ? action.target : undefined;
  }

  /** For example `#2 call add of @counter@a`. */
  get text(): string {
    const subject = this.subject === undefined ? '' : ` ${this.subject}`;
    return `#${this.task} ${this.kind}${subject}${this.target === undefined ? '' : ` of ${this.target}`}`;
  }
}
