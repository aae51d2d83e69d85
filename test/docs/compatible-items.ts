/** Rows of the compatible HTTP API: the request, the answer of Azure's extension, and what differs here. */

export interface CompatibleItem {
  readonly label: string;
  readonly request: string;
  /** The answer of the extension of Azure, as its source has it. */
  readonly azure: string;
  /** The difference from Azure. `undefined` if the answer is the same. */
  readonly differs?: string;
}

export interface CompatibleSection {
  readonly title: string;
  readonly items: readonly CompatibleItem[];
}

const row = (label: string, request: string, azure: string, differs?: string): CompatibleItem => ({
  label,
  request,
  azure,
  ...(differs !== undefined && { differs }),
});

export const compatibleSections: readonly CompatibleSection[] = [
  {
    title: 'Every request',
    items: [
      row(
        'H1',
        'the key',
        'the parameter `code`',
        'also `Authorization: Bearer KEY`, and Basic with the key as password',
      ),
      row('H2', 'links in answers', 'they hold the key', 'they hold no key: a reader of a link needs one of its own'),
      row(
        'H3',
        'a write whose body is not `application/json`',
        'a signal takes it as a text',
        '415: a form of another web site could send it',
      ),
      row('H4', 'a request that a page of another web site sends', 'served', '403'),
      row(
        'H5',
        '`taskHub`, `connection`, unknown parameters',
        'they choose a hub and a connection',
        'they have no effect',
      ),
      row('H6', 'another method at a known path', '404', '405 with `Allow`'),
      row('H7', 'a body of more than 1 MiB, or nested more than 500 deep', 'accepted', '413, 400'),
      row('H51', 'a refusal', 'a message, perhaps with a stack', '`{ code, message, hint }`, never with a stack'),
      row('H52', 'values of users in answers', 'always shown', 'the option `payloads` hides them'),
      row('H53', 'a caller that may only read', 'does not exist', 'writes answer 403'),
      row('H54', 'a write', 'is not logged', 'is one line of the log, without its payload'),
    ],
  },
  {
    title: 'Starts',
    items: [
      row('H8', '`POST orchestrators/NAME`', '202, links, `Location`, `Retry-After: 10`'),
      row('H9', 'an empty body; the body `""`', 'no input; an empty text'),
      row('H10', 'a body that is no JSON; an unknown name', '400'),
      row(
        'H11',
        '`POST orchestrators/NAME/ID`',
        '400 for an id with `/ \\ # ?`, and one that begins with `@`',
        'only `@`, NUL and more than 512 bytes are refused',
      ),
      row(
        'H12',
        'the id of a run that has not ended',
        '409',
        '202 with that run, if orchestration and input are the same',
      ),
      row('H13', 'the id of a run that has ended', 'replaces the run'),
      row('H14', '`?version=`', 'a text', 'a whole number from 1; another text answers 400'),
      row('H15', '`?timeout=S&pollingInterval=S`, completed in time', '200, the output alone'),
      row('H16', 'the same, failed or terminated in time', '200, the status'),
      row('H17', 'the same, not in time', '202 as a start', 'the longest wait is 60 s'),
      row('H18', 'many requests that wait', 'all wait', 'beyond 50 a request answers 429, and starts nothing'),
      row('H19', 'a polling interval above the timeout', 'starts, and answers 400', '400, and starts nothing'),
    ],
  },
  {
    title: 'Statuses',
    items: [
      row('H20', '`GET instances/ID` of a run that has not ended', '202, `Location`, `Retry-After: 5`'),
      row('H21', 'of a run that has ended', '200, the status'),
      row('H22', '`returnInternalServerErrorOnFailure=true`, of a failed run', '500, the status'),
      row('H23', 'without a run', '404'),
      row('H24', '`showInput=false`', '`input` is null'),
      row(
        'H25',
        '`showHistory=true`',
        'the events as `historyEvents`, which the client does not read',
        'also as `history`, which it reads; calls of entities are tasks; at most 10,000 events',
      ),
      row('H26', '`showHistoryOutput=true`', 'results in the history'),
      row('H27', '`createdTime`, `lastUpdatedTime`', 'whole seconds', 'milliseconds'),
      row('H28', 'a status', 'committed'),
      row(
        'H50',
        'values that JSON lacks',
        'do not exist',
        'a Date, a bigint and bytes are texts, a Map is an object or a list of pairs, a Set is a list',
      ),
    ],
  },
  {
    title: 'Lists and purges',
    items: [
      row('H29', '`GET instances/`, `top`, `x-ms-continuation-token`', '200, an array, the token of the next page'),
      row(
        'H30',
        '`createdTimeFrom`, `createdTimeTo`, `runtimeStatus`, `instanceIdPrefix`, `showInput`',
        'filters; both times belong to the span',
      ),
      row('H31', 'a filter that cannot be read', 'is passed over'),
      row(
        'H32',
        'a large page',
        'as long as `top` says',
        'at most 100 items and about 1 MiB; the token leads to the rest',
      ),
      row('H33', 'an invalid token', 'an error of the storage', '400'),
      row('H34', '`DELETE instances/ID`', '200 `{ instancesDeleted }`; 404; 412 if the run has not ended'),
      row(
        'H35',
        '`DELETE instances/?createdTimeFrom=`',
        '200 with the number; 404 if there were none; 400 without `createdTimeFrom`',
      ),
      row(
        'H36',
        'a condition of a purge that cannot be read',
        'is passed over, and more is deleted',
        '400, and nothing is deleted',
      ),
    ],
  },
  {
    title: 'Events and commands',
    items: [
      row(
        'H37',
        '`POST instances/ID/raiseEvent/NAME`',
        '202; 404; 410 after the end; 400 for a body that is no JSON',
        'no body is an event without a value',
      ),
      row('H38', 'an event that is not `application/json`', '400', '415'),
      row(
        'H39',
        '`POST instances/ID/terminate`, `suspend`, `resume`',
        '202; 404; 410 after the end',
        'the command has its effect before the answer',
      ),
      row('H40', '`reason=undefined`, which the client sends without a reason', 'a text', 'no reason'),
      row(
        'H41',
        '`POST instances/ID/rewind`',
        '202; 404; 412 if the run has not failed',
        'the body of a refusal is its message, which the client shows',
      ),
      row(
        'H42',
        '`POST instances/ID/restart?restartWithNewInstanceId=`',
        'as a start; 400 without a run; 409 under the id of a run that has not ended',
      ),
      row('H43', 'the same with `timeout` and `pollingInterval`', 'waits as a start'),
    ],
  },
  {
    title: 'Entities',
    items: [
      row(
        'H44',
        '`POST entities/NAME/KEY?op=`',
        '202; an absent `op` is the operation with the empty name',
        'an absent `op` answers 400',
      ),
      row('H45', '`DELETE entities/NAME/KEY`', 'signals `delete`'),
      row('H46', 'an unknown entity', '400 for a signal, 404 for a read'),
      row('H47', '`GET entities/NAME/KEY`', '200, the state alone; 404'),
      row(
        'H48',
        'keys',
        '`$` is the empty key of a read; `/ \\ # ?` are refused',
        '`$` is the empty key of every request, and `%24` the key `$`; the rest of the path is the key',
      ),
      row(
        'H49',
        '`GET entities/NAME`, `lastOperationTimeFrom`, `lastOperationTimeTo`, `fetchState`, `top`',
        '200, an array, the token of the next page',
      ),
    ],
  },
];
