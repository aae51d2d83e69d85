/**
 * Check of the constructor graph: every service that a registered class needs, and that those services need, can be found or built. The
 * check builds nothing. A bound service ends the walk: its own services belong to the container or the resolver that has it.
 */
import { shown } from '../../errors/text.js';
import { isClass, type AnyClass } from '../declarations.js';
import { injectionPlan, isBare, recordedInjections, type Injection, type Recorded } from './injection.js';

export interface ServiceSources {
  /** Whether the container or the resolver has this service. */
  has(token: unknown): boolean;
  /** Whether classes that neither has are built. */
  readonly autobind: boolean;
}

/** The problems of one registered class. Each names the class, the parameter or property, and the remedy. */
export function graphProblems(type: AnyClass, sources: ServiceSources): string[] {
  if (isBare(type)) return [];
  const plan = injectionPlan(type);
  if (plan.problems.length > 0) return [...plan.problems];
  const walk = new Walk(sources);
  walk.visit(type, plan, [type]);
  return walk.problems;
}

const bindIt = 'bind it in the container, or give it by `services`';

class Walk {
  readonly problems: string[] = [];
  private readonly visited = new Set<AnyClass>();

  constructor(private readonly sources: ServiceSources) {}

  visit(type: AnyClass, { parameters, properties, required, types }: Recorded, path: readonly AnyClass[]): void {
    if (this.visited.has(type)) return;
    this.visited.add(type);
    for (let index = 0; index < Math.max(required, parameters.length); index++) {
      const place = `constructor parameter ${index + 1}`;
      const injection = parameters[index];
      if (injection?.kind === 'service') this.need(injection, place, path);
      // A registered class gets an error of its own for a parameter that nothing fills.
      else if (index < required && path.length > 1) this.unknown(types[index], place, path);
    }
    for (const [name, injection] of properties) {
      if (injection.kind === 'service') this.need(injection, `property ${String(name)}`, path);
    }
  }

  private unknown(type: unknown, place: string, path: readonly AnyClass[]): void {
    if (type === undefined) {
      const remedy =
        'decorate the class with @injectable(), and emit decorator metadata, or mark the parameter @inject(token)';
      this.report(path, `no type is recorded for ${place}`, remedy);
    } else {
      const what = `${place} needs ${textOf(type)}, a type that many parameters may have`;
      this.report(path, what, 'mark the parameter @inject(token), and bind the token');
    }
  }

  private need(injection: Injection & { kind: 'service' }, place: string, path: readonly AnyClass[]): void {
    const token = unwrapped(injection.service);
    if (injection.optional || this.sources.has(token)) return;
    const what = `${place} needs ${textOf(token)}`;
    if (typeof token !== 'function' || !isClass(token)) {
      this.report(path, `${what}, which is not bound`, bindIt);
    } else if (values.has(token)) this.unknown(token, place, path);
    else if (!this.sources.autobind) {
      this.report(path, `${what}, which is not bound, and autobind is false`, bindIt);
    } else if (path.includes(token)) {
      this.report(
        path,
        `${what}, and so the constructors need each other`,
        'bind one of them, or inject a function that returns it',
      );
    } else if (!isBare(token)) this.visit(token, recordedInjections(token), [...path, token]);
  }

  private report(path: readonly AnyClass[], problem: string, remedy: string): void {
    this.problems.push(`${path.map(({ name }) => name).join(' > ')}: ${problem}: ${remedy}`);
  }
}

/** Types that TypeScript records for interfaces, unions and plain values. */
const values: ReadonlySet<unknown> = new Set([
  Object,
  String,
  Number,
  Boolean,
  BigInt,
  Symbol,
  Array,
  Function,
  Promise,
  Date,
]);

/** The token behind a lazy one. */
export function unwrapped(token: unknown): unknown {
  const { unwrap } = token as { readonly unwrap?: unknown };
  return typeof token === 'object' && token !== null && typeof unwrap === 'function' ? unwrap.call(token) : token;
}

/** The name of a service in errors. */
export function textOf(token: unknown): string {
  if (typeof token === 'function') return token.name === '' ? 'a class without a name' : token.name;
  return typeof token === 'symbol' ? token.toString() : shown(token);
}
