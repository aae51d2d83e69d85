/**
 * Watch of the platform: while it lasts, the clock, the randomness and the timers of the platform tell the orchestration that uses them. For
 * all other code they do what they always do. `Date` itself stays in its place, because programs compare it with the class of a value.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { currentFrame, type PlatformUse } from '../functions/ambient.js';
import { packageCode } from '../model/package-place.js';

type AnyFunction = (...args: unknown[]) => unknown;

interface Place {
  readonly owner: object;
  readonly member: string;
  /** Name of the function in messages. */
  readonly name: string;
  readonly instead: string;
}

interface Replaced extends Place {
  readonly original: PropertyDescriptor;
  readonly wrapper: AnyFunction;
}

const clock = 'context.currentTime';
const guid = 'context.newGuid()';
const random = 'context.random()';
const timer = 'context.createTimer(due)';

let watchers = 0;
let muted = 0;
let replaced: readonly Replaced[] = [];

function places(): Place[] {
  const web = Object.getPrototypeOf(globalThis.crypto) as object;
  return [
    { owner: Date, member: 'now', name: 'Date.now()', instead: clock },
    { owner: Math, member: 'random', name: 'Math.random()', instead: random },
    { owner: web, member: 'randomUUID', name: 'crypto.randomUUID()', instead: guid },
    { owner: web, member: 'getRandomValues', name: 'crypto.getRandomValues()', instead: random },
    { owner: crypto, member: 'randomUUID', name: 'crypto.randomUUID()', instead: guid },
    { owner: crypto, member: 'randomBytes', name: 'crypto.randomBytes()', instead: guid },
    { owner: crypto, member: 'randomInt', name: 'crypto.randomInt()', instead: random },
    { owner: globalThis, member: 'setTimeout', name: 'setTimeout()', instead: timer },
    { owner: globalThis, member: 'setInterval', name: 'setInterval()', instead: timer },
    { owner: globalThis, member: 'setImmediate', name: 'setImmediate()', instead: timer },
  ];
}

/** Whether the watch can distinguish the calls of this package from those of the program. Otherwise there is no watch. */
export const canWatch = packageCode !== undefined;

/** Begins a watch. Returns the function that ends it. With the end of the last watch the functions of the platform are back. */
export function watchPlatform(): () => void {
  if (!canWatch) return () => {};
  if (watchers++ === 0) {
    replaced = places().flatMap(replace);
    syncBuiltinESMExports();
  }
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    if (--watchers > 0) return;
    for (const place of replaced) restore(place);
    replaced = [];
    syncBuiltinESMExports();
  };
}

/** Runs code of the surroundings of an orchestration, for example a logger, which may use the platform. */
export function unwatched(code: () => void): void {
  muted++;
  try {
    code();
  } finally {
    muted--;
  }
}

function replace(place: Place): Replaced[] {
  const { owner, member } = place;
  const original = Object.getOwnPropertyDescriptor(owner, member);
  if (original?.configurable !== true || typeof original.value !== 'function') return [];
  const inner = original.value as AnyFunction;
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    if (watchers > 0) tell(place, wrapper);
    return Reflect.apply(inner, this, args);
  };
  // Also the name, the length, and what `util.promisify` looks for.
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(inner));
  Object.defineProperty(owner, member, { ...original, value: wrapper });
  return [{ ...place, original, wrapper }];
}

/** Puts the function of the platform back, unless another program has replaced it meanwhile. That program may keep the wrapper, which then only calls. */
function restore({ owner, member, original, wrapper }: Replaced): void {
  const present = Object.getOwnPropertyDescriptor(owner, member);
  if (present?.value === wrapper) Object.defineProperty(owner, member, original);
}

function tell({ name, instead }: Place, wrapper: AnyFunction): void {
  const frame = currentFrame();
  if (frame?.kind !== 'orchestration' || frame.strict === undefined || muted > 0) return;
  const site = callSite(wrapper);
  if (site !== undefined) frame.strict(frame, { name, instead, site } satisfies PlatformUse);
}

/** The first place outside of packages that led to the call. `undefined` if this package itself made the call, or the platform did. */
function callSite(wrapper: AnyFunction): string | undefined {
  const lines = stackBelow(wrapper).split('\n').slice(1);
  const [caller] = lines;
  if (caller === undefined || packageCode === undefined || caller.includes(packageCode)) return undefined;
  const found = lines.find((line) => !/\bnode:|[\\/]node_modules[\\/]/.test(line));
  return found?.trim().replace(/^at (?:async )?/, '');
}

function stackBelow(wrapper: AnyFunction): string {
  const { stackTraceLimit } = Error;
  const holder: { stack?: string } = {};
  try {
    Error.stackTraceLimit = 20;
    Error.captureStackTrace(holder, wrapper);
    // A program may have code of its own that formats the stack, here.
    return String(holder.stack);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
