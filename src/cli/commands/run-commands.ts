/** Commands that start and change orchestrations: start, event, terminate, suspend, resume, rewind, restart, purge. */
import { CliError } from '../cli-error.js';
import { runPath } from '../connection/hub-api.js';
import { safeText } from '../output/safe-text.js';
import { buildRouteMap } from '../vendor/stricli.js';
import { doBulk } from './bulk.js';
import {
  argument,
  confirm,
  hubCommand,
  jsonArgument,
  optionalFlag,
  optionalNumber,
  optionalText,
  optionalTexts,
  sureFlags,
  writeValue,
  type SureFlags,
} from './command.js';
import {
  conditionFlags,
  conditionsOf,
  get,
  history,
  instanceId,
  list,
  timeline,
  wait,
  watch,
  type RunConditions,
} from './runs.js';

interface StartFlags {
  readonly id?: string;
  readonly at?: string;
  readonly codeVersion?: number;
  readonly tag?: readonly string[];
  readonly whenEnded?: string;
}

const start = hubCommand<StartFlags, [name: string, input: string | undefined]>({
  brief: 'Starts an orchestration. Ends when the start is durable',
  flags: {
    id: optionalText('Instance id. A repeat with the same id and input is the same start', 'instance'),
    at: optionalText('Start time (ISO 8601)', 'time'),
    codeVersion: optionalNumber('Version of the orchestration', 'number'),
    tag: optionalTexts('Tag for queries, repeatable', 'name:value'),
    whenEnded: optionalText('If the id has ended: sameInput, startAgain, reuseResult or refuse', 'rule'),
  },
  args: {
    kind: 'tuple',
    parameters: [
      argument('name', 'Name of the orchestration'),
      { ...argument('input', 'Input as JSON. `-` reads stdin'), optional: true },
    ],
  },
  async run({ api, terminal, flags, args: [orchestration, input] }) {
    const { id, at, codeVersion, tag, whenEnded } = flags;
    const body = {
      orchestration,
      input: await jsonArgument(input, terminal),
      instanceId: id,
      version: codeVersion,
      scheduledTime: at,
      tags: tag === undefined ? undefined : Object.fromEntries(tag.map(tagOf)),
      whenEnded,
    };
    const answer = await api.post<{ instanceId: string }>('/runs', body);
    await writeValue(terminal, flags, answer, () => `${safeText(answer.instanceId)}\n`);
  },
});

function tagOf(given: string): readonly [string, string] {
  const at = given.indexOf(':');
  if (at > 0) return [given.slice(0, at), given.slice(at + 1)];
  throw new CliError('usage', `${JSON.stringify(given)} is not a tag.`, 'Write name:value.');
}

const event = hubCommand<object, [id: string, name: string, value: string | undefined]>({
  brief: 'Raises an event. Ends when the orchestration has received it durably',
  args: {
    kind: 'tuple',
    parameters: [
      instanceId,
      argument('name', 'Name of the event'),
      { ...argument('value', 'Value as JSON. `-` reads stdin'), optional: true },
    ],
  },
  async run({ api, terminal, flags, args: [id, name, value] }) {
    const body = { name, value: await jsonArgument(value, terminal) };
    const answer = await api.post<{ instanceId: string }>(runPath(id, '/event'), body);
    await writeValue(terminal, flags, answer, () => `${safeText(answer.instanceId)}\n`);
  },
});

type ActionFlags = RunConditions &
  SureFlags & { readonly reason?: string; readonly children?: boolean; readonly newId?: boolean };

interface Action {
  readonly verb: 'terminate' | 'suspend' | 'resume' | 'rewind' | 'restart' | 'purge';
  readonly brief: string;
  /** Whether one orchestration is asked about too. Many are always. */
  readonly asks?: true;
}

/** A command on the orchestration of an id, or on all that conditions select. */
function action({ verb, brief, asks }: Action) {
  const further = {
    reason: optionalText('Reason, shown in the status', 'text'),
    children: optionalFlag('Its sub-orchestrations too (not with conditions)'),
    newId: optionalFlag('Start under a new instance id (not with conditions)'),
  };
  const named = { terminate: ['reason', 'children'], purge: ['children'], restart: ['newId'], resume: [] } as Record<
    string,
    (keyof typeof further)[]
  >;
  const names = named[verb] ?? ['reason'];
  return hubCommand<ActionFlags, [id: string | undefined]>({
    brief: `${brief}: that of an id, or all that conditions select`,
    flags: {
      ...conditionFlags,
      ...sureFlags,
      ...Object.fromEntries(names.map((name) => [name, further[name]])),
    } as never,
    args: { kind: 'tuple', parameters: [{ ...instanceId, optional: true }] },
    async run(call) {
      const { api, terminal, flags, args } = call;
      const { reason, children, newId } = flags;
      const conditions = conditionsOf(flags);
      const hasConditions = Object.values(conditions).some((condition) => condition !== undefined);
      const [id] = args;
      if ((id === undefined) !== hasConditions)
        throw new CliError(
          'usage',
          'Give an instance id, or conditions.',
          `For example: runs ${verb} --status failed.`,
        );
      if (id === undefined) {
        if (children === true || newId === true)
          throw new CliError('usage', '--children and --new-id need an instance id.', 'Give the id.');
        return doBulk(call, { select: { kind: 'runs', ...conditions }, action: verb, reason, what: 'orchestrations' });
      }
      if (flags.dryRun === true) {
        const { name, runtimeStatus } = await api.get<{ name: string; runtimeStatus: string }>(runPath(id));
        return terminal.note(`would ${verb} ${safeText(id)} (${safeText(name)}, ${safeText(runtimeStatus)})\n`);
      }
      if (asks === true) await confirm(terminal, flags, `${verb} ${id}?`);
      const body = { reason, children, newInstanceId: newId };
      const answer = await api.post<{ instanceId: string }>(runPath(id, `/${verb}`), body);
      await writeValue(terminal, flags, answer, () => `${safeText(answer.instanceId)}\n`);
    },
  });
}

export const runs = buildRouteMap({
  routes: {
    list,
    get,
    history,
    timeline,
    watch,
    wait,
    start,
    event,
    terminate: action({ verb: 'terminate', brief: 'Ends orchestrations', asks: true }),
    suspend: action({ verb: 'suspend', brief: 'Suspends orchestrations until they are resumed' }),
    resume: action({ verb: 'resume', brief: 'Resumes suspended orchestrations' }),
    rewind: action({ verb: 'rewind', brief: 'Runs the failed steps of failed orchestrations again' }),
    restart: action({ verb: 'restart', brief: 'Starts orchestrations again with their inputs' }),
    purge: action({ verb: 'purge', brief: 'Deletes ended orchestrations with their histories', asks: true }),
  },
  docs: { brief: 'Looks at orchestrations, starts and changes them' },
});
