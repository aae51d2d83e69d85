/**
 * What the source text of a class says of its constructors: the names of the parameters, and which fields are set to one of them.
 * `constructor(private readonly key: string)` is compiled to `this.key = key`, so a field of the same name is the parameter.
 */
import { lineage, type AnyClass } from '../declarations.js';

export interface ConstructorSource {
  /** `undefined` for a parameter that is a pattern. */
  readonly parameters: readonly (string | undefined)[];
  /** The parameter that a field is set to, by the field. */
  readonly assigned: ReadonlyMap<string, string>;
}

const sources = new WeakMap<AnyClass, ConstructorSource>();
const nothing: ConstructorSource = { parameters: [], assigned: new Map() };

/** Of the class's own constructor; empty where it has none, or where its text cannot be read. */
export function constructorSource(type: AnyClass): ConstructorSource {
  let source = sources.get(type);
  if (source === undefined) sources.set(type, (source = parse(blanked(Function.prototype.toString.call(type)))));
  return source;
}

/** Whether an object of the class may be made of something that is given to its constructor. */
export function takesParameters(type: AnyClass): boolean {
  return lineage(type).some((step) => step.length > 0 || constructorSource(step).parameters.length > 0);
}

function parse(text: string): ConstructorSource {
  const start = parametersAt(text);
  const end = start === undefined ? undefined : closing(text, start);
  if (start === undefined || end === undefined) return nothing;
  const parameters = splitList(text.slice(start + 1, end)).map((each) => /^\s*(?:\.{3}\s*)?([\w$]+)/.exec(each)?.[1]);
  const bodyStart = text.indexOf('{', end);
  const bodyEnd = bodyStart < 0 ? undefined : closing(text, bodyStart);
  if (bodyEnd === undefined) return { parameters, assigned: new Map() };
  const assigned = new Map<string, string>();
  for (const [, field, value] of text
    .slice(bodyStart + 1, bodyEnd)
    .matchAll(/\bthis\s*\.\s*([\w$]+)\s*=\s*([\w$]+)\s*(?=[;,)\n\r]|$)/g)) {
    if (parameters.includes(value)) assigned.set(field!, value!);
  }
  return { parameters, assigned };
}

/** Where the parameters of the constructor begin. */
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

/** Where the bracket at this place is closed. */
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

/** Splits at the commas that stand in no bracket. */
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

/** The text with comments and the contents of strings made blank, so that no bracket in them counts. */
function blanked(text: string): string {
  return text.replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g,
    (part) => (part.startsWith('/') ? ' ' : "''").padEnd(part.length),
  );
}
