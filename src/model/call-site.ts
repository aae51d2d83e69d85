/**
 * Call sites: the places in the program that called, or that await, what has failed. The frames are captured when the error happens, from
 * the chain of code that awaits it. So a call that succeeds costs nothing.
 */
import { DurableError } from '../errors/durable-error.js';
import { packageCode } from './package-place.js';

/** A captured stack. Its text is made when it is read. */
export interface CallSite {
  readonly stack?: unknown;
}

/** The maximum number of frames of an error with its call site. */
const framesMax = 30;
/** The maximum number of errors in a chain of causes. */
const causesMax = 100;

/** Captures the running code and, in a reaction of a promise, the code that awaits the result of the reaction. */
export function captureCallSite(): CallSite {
  const site: CallSite = {};
  // Other engines than V8 may lack it.
  (Error as Partial<typeof Error>).captureStackTrace?.(site, captureCallSite);
  return site;
}

/** The frames of a call site that belong to the program, as lines of a stack. */
export function programFrames(site: CallSite): readonly string[] {
  return framesOf(textOf(site)).filter(isOfProgram);
}

/** The first place of a call site in the program, outside of packages if there is one, e.g. `run (file:///app/order.js:10:5)`. */
export function placeOf(site: CallSite): string | undefined {
  const frames = programFrames(site);
  const found = frames.find((line) => !/[\\/]node_modules[\\/]/.test(line)) ?? frames[0];
  return found?.trim().replace(/^at (?:async )?/, '');
}

/** Adds a call site to the stack of an error of this package, once. The frames of this package itself are removed. */
export function placeAt(error: unknown, site: CallSite): void {
  if (!(error instanceof DurableError) || placed.has(error)) return;
  const frames = programFrames(site);
  const [first] = frames;
  if (first === undefined) return;
  const stack = textOf(error);
  const own = framesOf(stack).filter(isOfProgram);
  const known = own.includes(first);
  const lines = [headOf(error, stack), ...(known ? own : [...own, ...frames]).slice(0, framesMax)];
  // Returns false for an error that the program has frozen.
  Reflect.defineProperty(error, 'stack', { value: lines.join('\n'), writable: true, configurable: true });
  placed.add(error);
}

/** Adds the code that awaits to the stack of an error, and throws the error. For `then`, and for `catch` in an async function. */
export function rethrowAtCallSite(error: unknown): never {
  placeAt(error, captureCallSite());
  throw error;
}

/**
 * Notes the call site of an error that an orchestrator receives. The stack stays as it is while the orchestrator runs: code that passes it
 * on would do something else in a replay after its lines have moved.
 */
export function noteCallSite(error: unknown, site: CallSite): void {
  if (error instanceof DurableError) sites.set(error, site);
}

/** Adds the noted call sites to the stacks of an error and its causes. Called when the error has left the orchestrator. */
export function placeCallSites(thrown: unknown): void {
  for (
    let error: unknown = thrown, depth = 0;
    error instanceof Error && depth < causesMax;
    error = error.cause, depth++
  ) {
    const site = sites.get(error);
    if (site !== undefined) placeAt(error, site);
  }
}

const sites = new WeakMap<Error, CallSite>();
const placed = new WeakSet<Error>();

function textOf(holder: { readonly stack?: unknown }): string {
  try {
    // A program may have code of its own that formats the stack, here.
    const { stack } = holder;
    return typeof stack === 'string' ? stack : '';
  } catch {
    return '';
  }
}

function framesOf(stack: string): string[] {
  return stack.split('\n').filter(isFrame);
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}

function isOfProgram(line: string): boolean {
  return !/\bnode:/.test(line) && (packageCode === undefined || !line.includes(packageCode));
}

/** Everything before the frames. */
function headOf(error: Error, stack: string): string {
  const title = `${error.name}: ${error.message}`;
  if (stack.startsWith(title)) return title;
  const lines = stack.split('\n');
  const end = lines.findIndex(isFrame);
  return (end < 0 ? lines : lines.slice(0, end)).join('\n');
}
