import { canonicalJson } from '../model/values.js';
import { fnv1a } from './hash.js';

/**
 * The hash of an input. The engine recognizes a repeated start by it when the run has continued as new with another input. The hash is
 * stored, so its algorithm must not change.
 */
export function inputHash(input: string | undefined): string {
  const text = canonicalJson(input);
  const half = (basis?: number) => fnv1a(text, basis).toString(16).padStart(8, '0');
  return `${text.length}-${half()}${half(0x9e3779b9)}`;
}
