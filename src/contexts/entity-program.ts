import { isHopeless, checkRetry, checkTimeout, nextDelayMs } from '../functions/attempts.js';
import type { EntityDefinition } from '../functions/definitions.js';
import type { AttemptOptions } from '../functions/call-options.js';
import type { DurableError } from '../errors/index.js';
import { durationMs } from '../model/duration.js';
import { CaptureNotes } from '../model/capture-notes.js';
import { EntityId } from '../model/entity-id.js';
import { decodeError } from '../model/error-details.js';
import type { Logger } from '../ports/log.js';
import type { AttemptRule, EntityCell, EntityProgram } from '../ports/user-code.js';
import { LiveEntityCell } from './entity-cell.js';
import { capture, type LiveState } from './state-slot.js';
import type { RuntimeSupport } from './support.js';

/** Runs an entity definition. */
export class DefinedEntity implements EntityProgram {
  readonly name: string;
  readonly effects: 'none' | 'external';
  readonly expireAfterMs: number | undefined;
  private readonly rules = new Map<string, AttemptRule>();
  /** Names of read-only operations, in lower case. */
  private readonly readOnly: ReadonlySet<string>;
  private reloadsTold = false;

  constructor(
    readonly definition: EntityDefinition,
    readonly support: RuntimeSupport,
    private readonly logger: Logger,
  ) {
    const { effects = 'external', operations = {}, expireAfter } = definition.options;
    this.name = definition.name.toLowerCase();
    this.effects = effects;
    this.expireAfterMs = expireAfter === undefined ? undefined : durationMs(expireAfter, 'expireAfter');
    this.readOnly = new Set(definition.options.readOnly?.map((operation) => operation.toLowerCase()));
    if (effects === 'none') return;
    for (const [name, options] of Object.entries(operations)) {
      const rule = ruleOf(options);
      this.rules.set(name, rule);
      // An operation is found by its exact name, or else without regard to case.
      if (!this.rules.has(name.toLowerCase())) this.rules.set(name.toLowerCase(), rule);
    }
  }

  isReadOnly(operation: string): boolean {
    return this.readOnly.size > 0 && this.readOnly.has(operation.toLowerCase());
  }

  /** Logs once per entity why it is reloaded after operations, which makes it slower. */
  tellReloads(left: LiveState): void {
    if (this.reloadsTold) return;
    this.reloadsTold = true;
    this.logger.debug(
      { entityName: this.definition.name, fields: reloadedFields(left) },
      'An operation left a state in memory that differs from its stored form, e.g. one object in two places. The host reloads the entity after each such operation.',
    );
  }

  open(id: string, state: string | undefined): EntityCell {
    // The text of the name is the one of the program: each entity in memory would have its own otherwise.
    return new LiveEntityCell(this, new EntityId(this.name, id.slice(this.name.length + 2)), state);
  }

  attemptsOf(operation: string): AttemptRule | undefined {
    if (this.rules.size === 0) return undefined;
    return this.rules.get(operation) ?? this.rules.get(operation.toLowerCase());
  }
}

/** Names of the outermost fields only. Deeper parts of a path, e.g. keys of a Map, are state, and state is never logged. */
function reloadedFields(left: LiveState): readonly string[] {
  const notes = new CaptureNotes(true);
  try {
    capture(left, notes);
  } catch {
    // A getter of the program can fail the second time. The operation has succeeded, and the line is logged without fields.
    return [];
  }
  return [...new Set(notes.lines.map((line) => /^[\w$]*/.exec(line)![0]))];
}

function ruleOf(options: AttemptOptions): AttemptRule {
  const retry = checkRetry(options.retry);
  return {
    timeoutMs: checkTimeout(options.timeout),
    retryAfterMs(failedAttempts, elapsedMs, error) {
      const delayMs = nextDelayMs(retry, failedAttempts, elapsedMs);
      if (delayMs === undefined) return undefined;
      const failure = decodeError(error) as DurableError;
      try {
        return !isHopeless(failure) && retry.shouldRetry(failure) ? delayMs : undefined;
      } catch {
        // A predicate that throws ends the retries. The outcome is the failure of the operation.
        return undefined;
      }
    },
  };
}
