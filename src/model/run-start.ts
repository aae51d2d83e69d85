/** The options of the start of an orchestration: policy for ended runs, scheduled time, tags and custom status. */
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { quoted, shown } from '../errors/text.js';
import { checkInstanceId, checkVersion } from './arguments.js';
import { instantMs } from './duration.js';
import { encodeWithin, type ValueRules } from './limits.js';
import { optionsOf } from './options.js';
import { idProblem } from './text.js';
import { canonicalJson } from './values.js';

/**
 * The policy of a start if a run with the same instance id exists and has ended.
 *
 * - `'sameInput'`: the start refers to the ended run if orchestration and input are the same, and is refused otherwise.
 * - `'startAgain'`: a new run replaces the ended one.
 * - `'reuseResult'`: the start refers to the ended run, whatever its input was.
 * - `'refuse'`: the start is refused.
 */
export type WhenEnded = 'sameInput' | 'startAgain' | 'reuseResult' | 'refuse';

const whenEndedValues: readonly WhenEnded[] = ['sameInput', 'startAgain', 'reuseResult', 'refuse'];

/** Tags of a run, for queries: names and texts. At most 32 tags. Each name and each text has at most 512 UTF-8 bytes. */
export type RunTags = { readonly [name: string]: string };

export const tagsMax = 32;

/** The options of a start in the form in which they are sent and recorded. Options that were not given are absent. */
export interface StartDetails {
  readonly whenEnded?: WhenEnded | undefined;
  /** Hub time before which the run does not begin. */
  readonly startsAtMs?: number | undefined;
  readonly tags?: RunTags | undefined;
  /** JSON text. */
  readonly customStatus?: string | undefined;
}

export interface CheckedStart {
  readonly instanceId: string | undefined;
  readonly version: number | undefined;
  /** JSON text. */
  readonly input: string | undefined;
  /** `undefined` if the start has no such options. */
  readonly details: StartDetails | undefined;
}

interface GivenStart {
  readonly input?: unknown;
  readonly instanceId?: string | undefined;
  readonly version?: number | undefined;
  readonly scheduledTime?: Date | number | undefined;
  readonly whenEnded?: WhenEnded | undefined;
  readonly tags?: RunTags | undefined;
  readonly customStatus?: unknown;
}

/** The options of a start, read once. @throws InvalidArgumentError, SerializationError, LimitExceededError */
export function checkStart(options: GivenStart | undefined, limits: ValueRules): CheckedStart {
  const { input, instanceId, version, scheduledTime, whenEnded, tags, customStatus } = optionsOf(options);
  if (instanceId !== undefined) checkInstanceId(instanceId);
  if (version !== undefined) checkVersion(version);
  const details: StartDetails = {
    ...(whenEnded !== undefined && { whenEnded: checkWhenEnded(whenEnded) }),
    ...(scheduledTime !== undefined && { startsAtMs: instantMs(scheduledTime, 'scheduledTime') }),
    ...(tags !== undefined && { tags: checkTags(tags) }),
    ...(customStatus !== undefined && { customStatus: encodeWithin(limits, customStatus, 'customStatus') }),
  };
  return {
    instanceId,
    version,
    input: encodeWithin(limits, input, 'input'),
    details: Object.keys(details).length === 0 ? undefined : details,
  };
}

/** @throws InvalidArgumentError */
export function checkWhenEnded(given: unknown): WhenEnded {
  if (whenEndedValues.includes(given as WhenEnded)) return given as WhenEnded;
  throw new InvalidArgumentError(
    'whenEnded',
    `${quoted(given)} is not one of ${whenEndedValues.join(', ')}`,
    "Give one of these, or leave it out: clients and one-way starts then use 'sameInput', children 'startAgain'.",
  );
}

/** A copy of tags. @throws InvalidArgumentError */
export function checkTags(given: unknown): RunTags {
  const tags = checkTagChanges(given);
  const missing = Object.keys(tags).find((name) => tags[name] === null);
  if (missing === undefined) return tags as RunTags;
  throw new InvalidArgumentError('tags', `the tag ${quoted(missing)} has no text`, 'Give a text for each tag.');
}

/** A copy of changes of tags. `null` or `undefined` removes a tag, and is `null` in the copy. @throws InvalidArgumentError */
export function checkTagChanges(given: unknown): { readonly [name: string]: string | null } {
  const tags = optionsOf(given as Record<string, unknown> | undefined, 'tags');
  const names = Object.keys(tags);
  if (names.length > tagsMax) {
    throw new InvalidArgumentError('tags', `${names.length} tags are too many`, `Give at most ${tagsMax} tags.`);
  }
  const copy = Object.create(null) as { [name: string]: string | null };
  for (const name of names) copy[name] = checkTag(name, tags[name]);
  return copy;
}

function checkTag(name: string, text: unknown): string | null {
  const wrong = name === '' ? 'it is empty' : idProblem(name);
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      'tags',
      `the name ${quoted(name)} is not valid: ${wrong}`,
      'Give a non-empty text of at most 512 UTF-8 bytes as name.',
    );
  }
  if (text === undefined || text === null) return null;
  const problem = typeof text === 'string' ? idProblem(text) : `it is ${shown(text)}`;
  if (problem === undefined) return text as string;
  throw new InvalidArgumentError(
    'tags',
    `the text of ${quoted(name)} is not valid: ${problem}`,
    'Give a text of at most 512 UTF-8 bytes.',
  );
}

/** Tags after changes. The same object if nothing changes, `undefined` if no tags remain. */
export function withTagChanges(
  tags: RunTags | undefined,
  changes: { readonly [name: string]: string | null },
): RunTags | undefined {
  const merged = new Map(Object.entries(tags ?? {}));
  let changed = false;
  for (const [name, text] of Object.entries(changes)) {
    if ((merged.get(name) ?? null) === text) continue;
    changed = true;
    if (text === null) merged.delete(name);
    else merged.set(name, text);
  }
  if (!changed) return tags;
  return merged.size === 0 ? undefined : tagsOf(merged);
}

/** An object without a prototype, so that no name of a tag can reach one. */
export function tagsOf(entries: Iterable<readonly [string, string]>): RunTags {
  const tags = Object.create(null) as { [name: string]: string };
  for (const [name, text] of entries) tags[name] = text;
  return tags;
}

/** The options of a start in one line, for comparisons. Empty if the start has no such options. */
export function describeDetails(details: StartDetails | undefined): string {
  const { whenEnded, startsAtMs, tags, customStatus } = details ?? {};
  const parts = [
    whenEnded === undefined ? '' : ` when ended: ${whenEnded}`,
    startsAtMs === undefined ? '' : ` at ${startsAtMs}`,
    tags === undefined ? '' : ` tagged ${canonicalJson(JSON.stringify(tags))}`,
    customStatus === undefined ? '' : ` with status ${customStatus}`,
  ];
  return parts.join('');
}
