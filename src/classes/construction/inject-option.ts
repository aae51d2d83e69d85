/**
 * Option `inject` of the class decorators: the tokens of the constructor parameters, in their order. It serves programs whose compiler
 * records no types of parameters: those with standard decorators, and those of esbuild, swc and tsx.
 */
import type { LazyServiceIdentifier } from 'inversify';
import { shown } from '../../errors/text.js';
import { listOf } from '../../model/options.js';
import { injectDeclaration, isClass, type AnyClass } from '../declarations.js';

// eslint-disable-next-line typescript/no-explicit-any -- any service
type AnyService = any;

/** A token of a service: its class, a text, a symbol, or a `LazyServiceIdentifier` of inversify. */
export type ServiceToken = (abstract new (...args: never[]) => unknown) | string | symbol | LazyServiceIdentifier;

/** The service of one constructor parameter. `null` leaves the parameter to a value of `dispatch`. */
export type InjectedToken = ServiceToken | { readonly token: ServiceToken; readonly optional?: boolean } | null;

type ServiceOf<Token> = Token extends abstract new (...args: never[]) => infer Service ? Service : AnyService;

type InjectedOf<Token> = Token extends { readonly token: infer Inner; readonly optional: true }
  ? ServiceOf<Inner> | undefined
  : Token extends { readonly token: infer Inner }
    ? ServiceOf<Inner>
    : ServiceOf<Token>;

/** The arguments that a constructor gets for these tokens. Any arguments if no tokens are given. */
export type ArgumentsOf<Tokens extends readonly InjectedToken[]> = number extends Tokens['length']
  ? AnyService[]
  : { -readonly [Index in keyof Tokens]: InjectedOf<Tokens[Index]> };

/** One token of the option. */
export interface GivenToken {
  readonly index: number;
  readonly token: unknown;
  readonly optional: boolean;
}

/** The tokens of the option of the class itself, without those left to `dispatch`. Empty if the option is absent or no list. */
export function givenTokens(type: AnyClass): readonly GivenToken[] {
  const given = listOf(injectDeclaration(type)) ?? [];
  return given.flatMap((item, index) => {
    if (item === null || item === undefined || !isInjected(item)) return [];
    return [
      isOptionObject(item)
        ? { index, token: item.token, optional: item.optional === true }
        : { index, token: item, optional: false },
    ];
  });
}

/** @param parameters the numbers of parameters that the constructor needs and may have */
export function injectProblems(
  type: AnyClass,
  parameters: { readonly least: number; readonly most: number },
): string[] {
  const declared = injectDeclaration(type);
  if (declared === undefined) return [];
  const given = listOf(declared);
  if (given === undefined) return [`${type.name}: inject is ${shown(declared)}, not an array of tokens`];
  const problems: string[] = [];
  const { least, most } = parameters;
  if (given.length < least || given.length > most) {
    problems.push(
      `${type.name}: inject has ${given.length} token${given.length === 1 ? '' : 's'}, and the constructor has ` +
        `${least === most ? least : `${least} to ${most}`} parameter${most === 1 ? '' : 's'}: ` +
        'name one token for each, or null for a value of dispatch',
    );
  }
  for (const [index, item] of given.entries()) {
    const token: unknown = isOptionObject(item) ? item.token : item;
    if (token === undefined) {
      problems.push(
        `${type.name}: inject[${index}] is undefined: a circular import? Give new LazyServiceIdentifier(() => Token)`,
      );
    } else if (item !== null && !isInjected(item)) {
      problems.push(`${type.name}: inject[${index}] is ${shown(item)}, not a class, a text or a symbol`);
    }
  }
  return problems;
}

function isInjected(item: unknown): boolean {
  return isToken(isOptionObject(item) ? item.token : item);
}

function isToken(token: unknown): boolean {
  if (typeof token === 'string' || typeof token === 'symbol' || isClass(token)) return true;
  return typeof token === 'object' && token !== null && 'unwrap' in token && typeof token.unwrap === 'function';
}

function isOptionObject(item: unknown): item is { readonly token: unknown; readonly optional?: unknown } {
  return typeof item === 'object' && item !== null && 'token' in item;
}
