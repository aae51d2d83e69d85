import { InvalidEntityIdError } from '../errors/argument-errors.js';
import { idProblem } from './text.js';

/** Tells whether the constructor of EntityId made this value. Look-alikes and proxies are refused. Never throws. */
export let isEntityId: (value: unknown) => value is EntityId;

/**
 * The id of one entity: `new EntityId('Counter', 'game1')` is `@counter@game1`. Objects are frozen.
 *
 * The name is not empty, contains no `@`, and is stored in lower case: `Counter` and `counter` are the same name. The key is
 * case-sensitive: any well-formed text without NUL, also the empty text. Name and key have at most 512 UTF-8 bytes each.
 * @throws InvalidEntityIdError (`DE_INVALID_ENTITY_ID`)
 */
export class EntityId {
  readonly name: string;
  readonly key: string;
  /** The text, once somebody has asked for it. It also marks objects that the constructor made: `isEntityId` looks for it with `in`. */
  #text: string | undefined = undefined;

  static {
    isEntityId = (value): value is EntityId => typeof value === 'object' && value !== null && #text in value;
  }

  constructor(name: string, key: string) {
    const problem = idProblem(name);
    if (problem !== undefined) throw new InvalidEntityIdError(name, `the name is unusable: ${problem}`);
    if (name === '') throw new InvalidEntityIdError(name, 'the name is empty');
    if (name.includes('@')) throw new InvalidEntityIdError(name, 'the name contains "@"');
    const keyProblem = idProblem(key);
    if (keyProblem !== undefined) throw new InvalidEntityIdError(key, `the key is unusable: ${keyProblem}`);
    this.name = name.toLowerCase();
    // Some letters have more bytes in lower case.
    const lowered = idProblem(this.name);
    if (lowered !== undefined) throw new InvalidEntityIdError(name, `the name is unusable in lower case: ${lowered}`);
    this.key = key;
    Object.freeze(this);
  }

  /** Parses `@name@key`. The key may contain `@`. @throws InvalidEntityIdError */
  static parse(text: string): EntityId {
    if (typeof text !== 'string' || text.charCodeAt(0) !== 64) {
      throw new InvalidEntityIdError(text, 'it must start with "@"');
    }
    const second = text.indexOf('@', 1);
    if (second < 0) throw new InvalidEntityIdError(text, 'the second "@" is missing');
    return new EntityId(text.slice(1, second), text.slice(second + 1));
  }

  /** Tells whether the other value is an EntityId with the same name and key. `false` for any other value, also for a text `@name@key`. */
  equals(other: unknown): boolean {
    return isEntityId(other) && this.name === other.name && this.key === other.key;
  }

  /** The text `@name@key`; `EntityId.parse` reads it. */
  toString(): string {
    return (this.#text ??= `@${this.name}@${this.key}`);
  }

  /** The same text as `toString()`. */
  toJSON(): string {
    return this.toString();
  }
}
