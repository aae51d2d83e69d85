import { InvalidEntityIdError } from '../errors/argument-errors.js';
import { idProblem } from './text.js';

/** Whether this was made by the constructor of EntityId: neither what looks like one nor a proxy of one. Never throws. */
export let isEntityId: (value: unknown) => value is EntityId;

/**
 * Names one entity: `new EntityId('Counter', 'game1')` is `@counter@game1`.
 *
 * The name is case-insensitive (kept lower-case) and contains no `@`; the key is exact: any well-formed text without NUL,
 * the empty one included. Each at most 512 UTF-8 bytes.
 * @throws InvalidEntityIdError (`DE_INVALID_ENTITY_ID`)
 */
export class EntityId {
  readonly name: string;
  readonly key: string;
  /** Only what the constructor has made has this: it is asked for by `in`. */
  // eslint-disable-next-line no-unused-private-class-members
  readonly #checked = true;

  static {
    isEntityId = (value): value is EntityId => typeof value === 'object' && value !== null && #checked in value;
  }

  constructor(name: string, key: string) {
    const problem = idProblem(name);
    if (problem !== undefined) throw new InvalidEntityIdError(name, `the name is unusable: ${problem}`);
    if (name === '') throw new InvalidEntityIdError(name, 'the name is empty');
    if (name.includes('@')) throw new InvalidEntityIdError(name, 'the name contains "@"');
    const keyProblem = idProblem(key);
    if (keyProblem !== undefined) throw new InvalidEntityIdError(key, `the key is unusable: ${keyProblem}`);
    this.name = name.toLowerCase();
    // Some letters grow when they are lowered.
    const lowered = idProblem(this.name);
    if (lowered !== undefined) throw new InvalidEntityIdError(name, `the name is unusable in lower case: ${lowered}`);
    this.key = key;
    Object.freeze(this);
  }

  /** Reads `@name@key`; the key may contain `@`. */
  static parse(text: string): EntityId {
    if (typeof text !== 'string' || text.charCodeAt(0) !== 64) {
      throw new InvalidEntityIdError(text, 'it must start with "@"');
    }
    const second = text.indexOf('@', 1);
    if (second < 0) throw new InvalidEntityIdError(text, 'the second "@" is missing');
    return new EntityId(text.slice(1, second), text.slice(second + 1));
  }

  /** Whether the other is an EntityId of the same name and key; false for anything else, a text such as `@name@key` too. */
  equals(other: unknown): boolean {
    return isEntityId(other) && this.name === other.name && this.key === other.key;
  }

  /** `@name@key` */
  toString(): string {
    return `@${this.name}@${this.key}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
