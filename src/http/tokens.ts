/** Tokens: secrets of programs and people. Only their hashes are kept, and every comparison takes the same time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { InvalidArgumentError } from '../errors/index.js';
import { listOf } from '../model/options.js';
import type { Level } from './exchange.js';

/** The option `tokens`: secrets that allow reading, and secrets that allow writing too. Each has 16 characters or more. */
export interface Tokens {
  readonly read?: string | readonly string[] | undefined;
  readonly write?: string | readonly string[] | undefined;
}

/** A shorter token could be guessed. */
const lengthMin = 16;

export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** The tokens that a handler accepts. */
export class TokenTable {
  private readonly entries: readonly { readonly hash: Buffer; readonly may: Level }[];

  /** @throws InvalidArgumentError */
  constructor({ read, write }: Tokens = {}) {
    this.entries = [...checkTokens(write, 'write'), ...checkTokens(read, 'read')];
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  get allowsWrites(): boolean {
    return this.entries.some(({ may }) => may === 'write');
  }

  /** The rights of the holder of a token. `undefined` if the token is unknown. Compares with every token, also after a match. */
  levelOf(token: string): Level | undefined {
    const hash = hashOf(token);
    let found: Level | undefined;
    for (const entry of this.entries) if (timingSafeEqual(entry.hash, hash)) found ??= entry.may;
    return found;
  }
}

function checkTokens(given: unknown, may: Level): { hash: Buffer; may: Level }[] {
  if (given === undefined) return [];
  return (listOf(given) ?? [given]).map((token) => {
    if (typeof token !== 'string' || token.length < lengthMin) {
      throw new InvalidArgumentError(
        `tokens.${may}`,
        `a token is a text of at least ${lengthMin} characters`,
        'Make one: node -p "crypto.randomBytes(32).toString(\'base64url\')".',
      );
    }
    return { hash: hashOf(token), may };
  });
}
