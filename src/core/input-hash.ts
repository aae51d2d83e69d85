import { canonicalJson } from '../model/values.js';
import { fnv1a } from './hash.js';

/** Names an input, so that a start can be known as a repeat when the run has another one by now. Stored: it may not change. */
export function inputHash(input: string | undefined): string {
  const text = canonicalJson(input);
  const half = (basis?: number) => fnv1a(text, basis).toString(16).padStart(8, '0');
  return `${text.length}-${half()}${half(0x9e3779b9)}`;
}
