/** What code that runs without a host gets instead of one. */
import type { Logger } from '../ports/log.js';
import type { Names } from '../ports/names.js';

/** Somewhere, somebody serves it. */
export const everyName: Names = { knows: () => true, list: () => [] };

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
