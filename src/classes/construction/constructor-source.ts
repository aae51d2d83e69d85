/**
 * Parses the source text of constructors: the names of the parameters, and the fields that are set to a parameter.
 * `constructor(private readonly key: string)` is compiled to `this.key = key`, so a field of the same name holds the parameter.
 */
import { lineage, type AnyClass } from '../declarations.js';

export interface ConstructorSource {
  /** Names of the parameters. `undefined` for a parameter that is a pattern. */
  readonly parameters: readonly (string | undefined)[];
  /** Whether the last parameter takes any number of arguments. */
  readonly rest: boolean;
  /** Parameters by the field that is set to them. */
  readonly assigned: ReadonlyMap<string, string>;
}

const sources = new WeakMap<AnyClass, ConstructorSource>();
const nothing: ConstructorSource = { parameters: [], rest: false, assigned: new Map() };

/** The source of the class's own constructor. Empty if the class has none, or if its text cannot be parsed. */
export function constructorSource(type: AnyClass): ConstructorSource {
  let source = sources.get(type);
  if (source === undefined) sources.set(type, (source = parse(blanked(Function.prototype.toString.call(type)))));
  return source;
}

/** Whether a constructor of the class or of its bases has parameters. */
export function takesParameters(type: AnyClass): boolean {
  return lineage(type).some((step) => step.length > 0 || constructorSource(step).parameters.length > 0);
}

function parse(text: string): ConstructorSource {
  const start = parametersAt(text);
  const end = start === undefined ? undefined : closing(text, start);
  if (start === undefined || end === undefined) return nothing;
  const list = splitList(text.slice(start + 1, end));
  const parameters = list.map((each) => /^\s*(?:\.{3}\s*)?([\w$]+)/.exec(each)?.[1]);
  const rest = list.at(-1)?.trimStart().startsWith('...') === true;
  const bodyStart = text.indexOf('{', end);
  const bodyEnd = bodyStart < 0 ? undefined : closing(text, bodyStart);
  if (bodyEnd === undefined) return { parameters, rest, assigned: new Map() };
  const assigned = new Map<string, string>();
  for (const [, field, value] of text
    .slice(bodyStart + 1, bodyEnd)
    .matchAll(/\bthis\s*\.\s*([\w$]+)\s*=\s*([\w$]+)\s*(?=[;,)\n\r]|$)/g)) {
    if (parameters.includes(value)) assigned.set(field!, value!);
  }
  return { parameters, rest, assigned };
}

/** Index of the bracket before the parameters of the constructor. `undefined` if there is no constructor. */
function parametersAt(text: string): number | undefined {
  if (!/^\s*class\b/.test(text)) return text.includes('(') ? text.indexOf('(') : undefined;
  const body = text.indexOf('{');
  for (const match of text.matchAll(/\bconstructor\s*\(/g)) {
    if (depthAt(text, body, match.index) === 1) return match.index + match[0].length - 1;
  }
  return undefined;
}

function depthAt(text: string, from: number, to: number): number {
  let depth = 0;
  for (let index = from; index < to; index++) {
    if (text[index] === '{') depth++;
    else if (text[index] === '}') depth--;
  }
  return depth;
}

const pairs: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Index of the bracket that closes the one at `start`. `undefined` if it is not closed. */
function closing(text: string, start: number): number | undefined {
  const open: string[] = [];
  for (let index = start; index < text.length; index++) {
    const character = text[index]!;
    const closes = pairs[character];
    if (closes !== undefined) open.push(closes);
    else if (character === open.at(-1)) {
      open.pop();
      if (open.length === 0) return index;
    }
  }
  return undefined;
}

/** Splits at the commas outside brackets. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let index = 0; index < text.length; index++) {
    if ('([{'.includes(text[index]!)) depth++;
    else if (')]}'.includes(text[index]!)) depth--;
    else if (text[index] === ',' && depth === 0) {
      parts.push(text.slice(begin, index));
      begin = index + 1;
    }
  }
  parts.push(text.slice(begin));
  return parts.filter((part) => part.trim() !== '');
}

/** The text with blanks in place of comments and contents of strings, so that their brackets do not count. */
function blanked(text: string): string {
  return text.replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g,
    (part) => (part.startsWith('/') ? ' ' : "''").padEnd(part.length),
  );
}
