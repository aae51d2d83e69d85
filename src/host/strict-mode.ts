/** Strict mode: reports code that would do something else in a replay, promises and values that are lost, and classes that can do nothing. */
import { planOf } from '../classes/class-plan.js';
import { entityDeclaration, isClass, runnableDeclaration } from '../classes/declarations.js';
import { ClassLostError, InvalidArgumentError, NotReplayableError, RegistrationError } from '../errors/index.js';
import { shown } from '../errors/text.js';
import type { Strict } from '../functions/ambient.js';
import { captureCallSite, placeOf } from '../model/call-site.js';
import type { ValueRules } from '../model/limits.js';
import { lostClass } from '../model/lost-class.js';
import type { Logger, LogLevel } from '../ports/log.js';
import { canWatch, unwatched, watchPlatform } from './platform-watch.js';

/** Reaction of strict mode to what it finds. */
export type StrictLevel = 'off' | 'warn' | 'error';

/** The maximum number of places that one host tells of. */
const placesMax = 1_000;

export interface StrictMode {
  /** Receives what the contexts find. `undefined` if strict mode is off. */
  readonly port: Strict | undefined;
  /** Receives the values that are sent. `undefined` if strict mode is off. */
  readonly inspect: ValueRules['inspect'];
  /** The logger of the host. Strict mode does not report uses of the platform by this logger. */
  readonly logger: Logger;
  /** Ends the watch of the platform. Idempotent. */
  readonly end: () => void;
}

/** The level, with its default. @throws InvalidArgumentError */
export function strictLevel(given: unknown): StrictLevel {
  if (given === undefined) return process.env['NODE_ENV'] === 'production' ? 'off' : 'warn';
  if (given === 'off' || given === 'warn' || given === 'error') return given;
  throw new InvalidArgumentError('strict', `it is ${shown(given)}`, "Give 'off', 'warn' or 'error'.");
}

/** Checks what is registered, and begins the watch of the platform. @throws RegistrationError with the level `error` */
export function strictMode(level: StrictLevel, registered: readonly unknown[], logger: Logger): StrictMode {
  if (level === 'off') return { port: undefined, inspect: undefined, logger, end: () => {} };
  const problems = registered.flatMap(problemsOf);
  if (level === 'error' && problems.length > 0) throw new RegistrationError(problems.map(({ text }) => text));
  for (const { code, text } of problems) logger.warn({ strict: level, code }, text);
  if (!canWatch)
    logger.info(
      { strict: level },
      'Strict mode does not watch the platform in a bundled program. Run it unbundled for that.',
    );
  const end = watchPlatform();
  const found = findings(level, logger);
  const port: Strict = {
    used: ({ name, instanceId }, { name: member, site, instead }) => {
      const error = new NotReplayableError(name, member, site, `Use ${instead}, or an activity.`);
      found(error, `${member} ${site}`, { instance: instanceId, orchestration: name });
    },
    found,
  };
  return { port, inspect: inspector(found), logger: quiet(logger), end };
}

/** Reports each place once, at most `placesMax` places. With the level `error` it throws each time. */
function findings(level: StrictLevel, logger: Logger): Strict['found'] {
  const places = new Set<string>();
  return (error, place, fields) => {
    if (level === 'error') throw error;
    const key = `${error.code} ${place}`;
    if (places.has(key) || places.size >= placesMax) return;
    places.add(key);
    unwatched(() => logger.warn({ ...fields, code: error.code }, `${error.message} ${error.hint}`));
  };
}

/** Finds objects of classes in the values that are sent. */
function inspector(found: Strict['found']): NonNullable<ValueRules['inspect']> {
  return (value, path, owner) => {
    const lost = lostClass(value, path);
    if (lost === undefined) return;
    const subject = owner === undefined ? `The ${path}` : `The ${path} of ${owner.kind} ${JSON.stringify(owner.name)}`;
    const site = owner === undefined ? placeOf(captureCallSite()) : undefined;
    const error = new ClassLostError(subject, lost.path, lost.className, lost.method, site);
    found(error, `${subject} ${lost.className} ${site}`, owner === undefined ? {} : { [owner.kind]: owner.name });
  };
}

function quiet(logger: Logger): Logger {
  const write = (level: LogLevel) => (fields: object, message: string) =>
    unwatched(() => logger[level](fields, message));
  const quieted = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  if (logger.child === undefined) return quieted;
  return {
    ...quieted,
    child: (bindings) => {
      let made: Logger = logger;
      unwatched(() => (made = logger.child?.(bindings) ?? logger));
      return quiet(made);
    },
  };
}

/** A finding at the start. The code is that of the error that it leads to, or of the class that cannot be meant so. */
interface Finding {
  readonly code: 'DE_NOT_REPLAYABLE' | 'DE_REGISTRATION';
  readonly text: string;
}

function problemsOf(item: unknown): Finding[] {
  if (isClass(item)) {
    if (runnableDeclaration(item)?.kind === 'orchestration') return wallClock(item.name, item);
    if (entityDeclaration(item) === undefined) return [];
    const { entries } = planOf(item).operations;
    return [...idle(item.name, entries), ...unreadValidators(item.name, entries)].map((text) => ({
      code: 'DE_REGISTRATION',
      text,
    }));
  }
  const { kind, name, handler } = item as { kind?: unknown; name?: unknown; handler?: unknown };
  return kind === 'orchestration' && typeof handler === 'function' ? wallClock(String(name), handler) : [];
}

function idle(name: string, operations: readonly { readonly implicit: boolean }[]): string[] {
  if (operations.some(({ implicit }) => !implicit)) return [];
  return [`The entity ${name} has no operations. Mark its methods @Operation(), or name a token in \`implements\`.`];
}

interface ValidatorMetadata {
  getTargetValidationMetadatas?(type: unknown, schema: string, strict: boolean, always: boolean): readonly unknown[];
}

/** Operations whose input class has decorators that nobody reads. class-validator keeps what they declare in a global variable. */
function unreadValidators(
  entity: string,
  operations: readonly { readonly name: string; readonly inputClass?: { readonly name: string } | undefined }[],
): string[] {
  const { classValidatorMetadataStorage: storage } = globalThis as {
    classValidatorMetadataStorage?: ValidatorMetadata;
  };
  return operations.flatMap(({ name, inputClass }) => {
    if (inputClass === undefined || !storage?.getTargetValidationMetadatas) return [];
    if (storage.getTargetValidationMetadatas(inputClass, '', false, false).length === 0) return [];
    return [
      `${entity}.${name}: the input class ${inputClass.name} has decorators of class-validator, which are not read. ` +
        `Give classValidator(${inputClass.name}) of durable-entities/class-validator.`,
    ];
  });
}

/** `new Date()` is read in the source: a watch would have to replace the class Date. */
function wallClock(name: string, code: unknown): Finding[] {
  const source = Function.prototype.toString.call(code).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  if (!/\bnew Date(?:\(\s*\)|\b(?!\s*[(.\w$]))/.test(source)) return [];
  const text =
    `The orchestration ${name} uses new Date() in its code, which differs in a replay. ` +
    'Use context.currentTime, or an activity.';
  return [{ code: 'DE_NOT_REPLAYABLE', text }];
}
