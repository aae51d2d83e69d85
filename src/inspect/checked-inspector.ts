/** An inspector that checks all arguments, and refuses unknown options. */
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { quoted, shown } from '../errors/text.js';
import type { EntityListFilter, HistoryOptions, ListOptions, ListPage, RunListFilter } from '../hub/inspected.js';
import type { FeedOptions, Inspector } from '../hub/inspector.js';
import { checkInstanceId } from '../model/arguments.js';
import { EntityId } from '../model/entity-id.js';
import { checkFlag, checkOptions, listOf, type OptionNames } from '../model/options.js';
import { runtimeStatuses, type RuntimeStatus } from '../model/runtime-status.js';
import { idProblem } from '../model/text.js';

const pageOptions: OptionNames<ListPage> = { cursor: true, limit: true };
const valueOptions = { valueMax: true } as const;
const listOptions: OptionNames<ListOptions> = { ...pageOptions, ...valueOptions, order: true };
const historyOptions: OptionNames<HistoryOptions> = { ...pageOptions, ...valueOptions };
const feedOptions: OptionNames<FeedOptions> = { ids: true, everyMs: true };
/** The longest time between two calls of a listener of the feed. */
const feedMsMax = 60_000;
const entityFilter: OptionNames<EntityListFilter> = {
  name: true,
  keyPrefix: true,
  updatedFromMs: true,
  updatedToMs: true,
  locked: true,
  lockedBy: true,
  contains: true,
  waiting: true,
};
const runFilter: OptionNames<RunListFilter> = {
  name: true,
  idPrefix: true,
  statuses: true,
  createdFromMs: true,
  createdToMs: true,
  endedBeforeMs: true,
  parent: true,
  tags: true,
  idleForMs: true,
  contains: true,
};
const limitMax = 100;
/** The greatest length of a text that is searched for, and of a cursor. */
const searchMax = 1_000;
const cursorMax = 8_000;
const depthMax = 8;

/** @param inner receives checked arguments only */
export function checkedInspector(inner: Inspector): Inspector {
  return {
    overview: () => inner.overview(),
    types: () => inner.types(),
    statistics: () => inner.statistics(),
    partitions: () => inner.partitions(),
    workers: async (page) => inner.workers(checkPage(page)),
    locks: async (page) => inner.locks(checkPage(page)),
    entities: async (filter, options) => inner.entities(checkEntityFilter(filter), checkList(options)),
    runs: async (filter, options) => inner.runs(checkRunFilter(filter), checkList(options)),
    entity: async (id, options) => inner.entity(checkEntity(id), checkValues(checkOptions(options, valueOptions))),
    run: async (id, options) => inner.run(checkInstanceId(id), checkValues(checkOptions(options, valueOptions))),
    history: async (id, options) =>
      inner.history(checkInstanceId(id), checkValues(checkPlace(checkOptions(options, historyOptions)))),
    timeline: async (id, options) => {
      const { depth } = checkOptions(options, { depth: true });
      checkWhole('depth', depth, 0, depthMax);
      return inner.timeline(checkInstanceId(id), { depth });
    },
    explain: async (id) => inner.explain(checkTarget(id)),
    messages: async (target, options) => {
      const checked = checkList(options);
      if (checked.order === 'desc')
        throw new InvalidArgumentError('order', "messages have one order only: 'asc'", 'Omit the order.');
      return inner.messages(checkTarget(target), checked);
    },
    deadLetters: async (filter, options) => {
      const { target } = checkOptions(filter, { target: true }, 'filter');
      checkText('target', target);
      return inner.deadLetters({ target }, checkList(options));
    },
    feed(listener, options) {
      const { ids, everyMs } = checkOptions(options, feedOptions);
      checkWhole('everyMs', everyMs, 0, feedMsMax);
      for (const [name, value] of [
        ['listener', listener],
        ['ids', ids ?? (() => [])],
      ] as const)
        if (typeof value !== 'function')
          throw new InvalidArgumentError(name, `it is ${typeof value}`, 'Give a function.');
      return inner.feed(listener, { ids, everyMs });
    },
  };
}

function checkEntityFilter(given: EntityListFilter | undefined): EntityListFilter {
  const filter = checkOptions(given, entityFilter, 'filter');
  const { name, keyPrefix, lockedBy, locked, contains, waiting, updatedFromMs, updatedToMs } = filter;
  checkText('name', name);
  if (name !== undefined) checkEntity(`@${name}@`);
  checkText('keyPrefix', keyPrefix);
  checkSearch('contains', contains, searchMax);
  if (lockedBy !== undefined) checkInstanceId(lockedBy);
  checkFlag(locked, 'locked');
  checkFlag(waiting, 'waiting');
  checkTime('updatedFromMs', updatedFromMs);
  checkTime('updatedToMs', updatedToMs);
  // Entity names are compared in lower case.
  return name === undefined ? filter : { ...filter, name: name.toLowerCase() };
}

function checkRunFilter(given: RunListFilter | undefined): RunListFilter {
  const filter = checkOptions(given, runFilter, 'filter');
  const { name, idPrefix, statuses, parent, tags, contains, idleForMs } = filter;
  checkText('name', name);
  checkText('idPrefix', idPrefix);
  checkSearch('contains', contains, searchMax);
  if (parent !== undefined) checkInstanceId(parent);
  for (const field of ['createdFromMs', 'createdToMs', 'endedBeforeMs'] as const) checkTime(field, filter[field]);
  checkWhole('idleForMs', idleForMs, 0, Number.MAX_SAFE_INTEGER);
  if (statuses !== undefined) checkStatuses(statuses);
  if (tags !== undefined) checkTags(tags);
  return filter;
}

function checkStatuses(given: unknown): void {
  const list = listOf(given);
  const wrong = list?.find((status) => !runtimeStatuses.includes(status as RuntimeStatus));
  if (list === undefined) throw new InvalidArgumentError('statuses', `${shown(given)} is not a list`, 'Give an array.');
  if (wrong !== undefined)
    throw new InvalidArgumentError('statuses', `${quoted(wrong)} is not one of ${runtimeStatuses.join(', ')}`);
}

function checkTags(given: unknown): void {
  const list = listOf(given);
  const isPair = (tag: unknown) => {
    const pair = listOf(tag);
    return pair?.length === 2 && pair.every((text) => idProblem(text) === undefined);
  };
  if (list === undefined || list.length > 32 || !list.every(isPair))
    throw new InvalidArgumentError('tags', `${shown(given)} is not a list of tags`, "Give pairs: [['region', 'eu']].");
}

function checkEntity(id: unknown): string {
  return EntityId.parse(id as string).toString();
}

/** The id of an entity or an orchestration. @throws InvalidArgumentError, InvalidEntityIdError */
function checkTarget(id: unknown): string {
  return typeof id === 'string' && id.startsWith('@') ? checkEntity(id) : checkInstanceId(id);
}

function checkList(given: ListOptions | undefined): ListOptions {
  const options = checkPlace(checkValues(checkOptions(given, listOptions)));
  const { order } = options;
  if (order !== undefined && order !== 'asc' && order !== 'desc')
    throw new InvalidArgumentError('order', `${quoted(order)} is neither 'asc' nor 'desc'`);
  return options;
}

function checkPage(given: ListPage | undefined): ListPage {
  return checkPlace(checkOptions(given, pageOptions));
}

function checkPlace<Options extends ListPage>(options: Options): Options {
  checkWhole('limit', options.limit, 1, limitMax);
  checkSearch('cursor', options.cursor, cursorMax);
  return options;
}

function checkValues<Options extends { readonly valueMax?: number | undefined }>(options: Options): Options {
  const { valueMax } = options;
  if (valueMax === Number.POSITIVE_INFINITY) return { ...options, valueMax: wholeMax };
  checkWhole('valueMax', valueMax, 0, wholeMax);
  return options;
}

/** The greatest length of a value that can be asked for. */
const wholeMax = 2 ** 30;

function checkText(argument: string, value: unknown): void {
  const problem = value === undefined ? undefined : idProblem(value);
  if (problem !== undefined) throw new InvalidArgumentError(argument, problem, 'Give a text.');
}

/** Checks a text that is searched for. It may hold every character. */
function checkSearch(argument: string, value: unknown, max: number): void {
  if (value === undefined || (typeof value === 'string' && value.length <= max && value.isWellFormed())) return;
  const problem = typeof value === 'string' ? `it is not a text of at most ${max} characters` : `it is ${typeof value}`;
  throw new InvalidArgumentError(argument, problem, 'Give a text.');
}

function checkTime(argument: string, value: unknown): void {
  checkWhole(argument, value, 0, 8.64e15);
}

function checkWhole(argument: string, value: unknown, min: number, max: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max))
    return;
  throw new InvalidArgumentError(argument, `${shown(value)} is not a whole number from ${min} to ${max}`);
}
