/** Tracks the present place within a state. Steps are pushed on the way down and popped on the way up. */
import { pathText } from '../../model/values.js';

/** A field, an index, or the key of a Map. */
export type Step = string | number | { readonly key: string };

export class Whereabouts {
  readonly steps: Step[] = [];

  /** @param root text before the first step, and the whole path if there are no steps */
  constructor(private readonly root = '') {}

  text(): string {
    let text = this.root;
    for (const step of this.steps) {
      text = typeof step === 'object' ? `${text}[${JSON.stringify(step.key)}]` : pathText(text, [step]);
    }
    return text || 'state';
  }
}

export function typeText(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value)}`;
    case 'number':
    case 'boolean':
      return `${typeof value} ${String(value)}`;
    default:
      return typeof value;
  }
}
