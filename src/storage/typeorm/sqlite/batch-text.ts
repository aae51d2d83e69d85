/**
 * The JSON text of a batch, and the SQL expressions that read it. The text is an array of single values, of lists that most batches have one of,
 * and of one list with the lists that few batches have.
 */

/** Single values of a batch. */
const values = [
  'incarnation',
  'seq',
  'now_ms',
  'lease_ms',
  'hub_time',
  'active_ms',
  'leave',
  'receipts_expire_before',
] as const;

/** Lists that most batches have one of. */
const lists = [
  'consumed',
  'adopted',
  'states',
  'states_with_meta',
  'runs',
  'entities_created',
  'runs_created',
  'created',
  'history',
  'inbox',
  'receipts',
] as const;

/** Lists that few batches have. They stand in one list, the last element, which is empty if all of them are. */
export const restLists = [
  'attempted',
  'changed',
  'deleted',
  'tagged',
  'tags',
  'names_removed',
  'named',
  'history_deleted',
  'dead_letters',
  'dead_letters_deleted',
  'healthy',
  'gives',
  'receipts_deleted',
  'receipts_expired',
  'workers_ended',
  'workers_deleted',
] as const;

type Value = (typeof values)[number];
type RestList = (typeof restLists)[number];
export type List = (typeof lists)[number] | RestList;

/** The values and lists of a batch, by name. */
export type BatchElements = Readonly<Record<Value, number | null> & Record<List, readonly unknown[]>>;

const batchElements: readonly (Value | List)[] = [...values, ...lists];
export const restIndex = batchElements.length;

/** The JSON text of a batch. */
export function batchText(batch: BatchElements): string {
  const elements: unknown[] = batchElements.map((element) => batch[element]);
  const hasRest = batch.leave === 1 || restLists.some((name) => batch[name].length > 0);
  elements.push(hasRest ? restLists.map((name) => batch[name]) : []);
  return JSON.stringify(elements);
}

export function index(name: Value | List): number {
  return batchElements.indexOf(name);
}

/** An expression for a single value. */
export function single(name: Value): string {
  return `(NEW.batch ->> '$[${index(name)}]')`;
}

/** The arguments of a JSON function for a list. */
function list(name: List): string {
  const place = restLists.indexOf(name as RestList);
  return `NEW.batch, '$[${place < 0 ? index(name) : `${restIndex}][${place}`}]'`;
}

/** A FROM item: a row for each element of a list. */
export function each(name: List): string {
  return `jsonb_each(${list(name)})`;
}

/** An expression for the number of elements of a list. */
export function count(name: List): string {
  return `json_array_length(${list(name)})`;
}
