/** Replacements of host services for user code that runs without a host. */
import type { Logger } from '../ports/log.js';
import type { Names } from '../ports/names.js';

/** Knows every name, as if some worker had announced it. */
export const everyName: Names = { knows: () => true, list: () => [] };

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
