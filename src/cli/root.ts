/** Routes of the application: all commands by name. The module of a command is loaded when a word names it, so the help of all loads none. */
import type { CliContext } from './commands/command.js';
import { buildCommand, buildRouteMap, type Command, type RouteMap } from './vendor/stricli.js';

type Target = Command<CliContext> | RouteMap<CliContext>;

/** A command, or a group of commands. */
interface Place {
  readonly name: string;
  /** The beginning of its own help. */
  readonly brief: string;
  readonly alias?: string;
  readonly load: () => Promise<Target>;
}

export const places: readonly Place[] = [
  {
    name: 'entities',
    brief: 'Looks at entities, and sends messages to them',
    load: async () => (await import('./commands/entities.js')).entities,
  },
  {
    name: 'runs',
    brief: 'Looks at orchestrations, starts and changes them',
    alias: 'orchestrations',
    load: async () => (await import('./commands/run-commands.js')).runs,
  },
  {
    name: 'explain',
    brief: 'Explains why an entity or orchestration does not move, and what to do',
    load: async () => (await import('./commands/hub.js')).explain,
  },
  {
    name: 'locks',
    brief: 'Lists locked entities with holders and waiters, the longest held first',
    load: async () => (await import('./commands/hub.js')).locks,
  },
  {
    name: 'dead-letters',
    brief: 'Looks at messages that were set aside, and sends them again',
    load: async () => (await import('./commands/hub.js')).deadLetters,
  },
  {
    name: 'workers',
    brief: 'Lists workers and clients, living and dead, the newest first',
    load: async () => (await import('./commands/hub.js')).workers,
  },
  {
    name: 'top',
    brief: 'Shows rates, queues, locks and failures, again each second. Without a terminal it shows them once',
    load: async () => (await import('./commands/top.js')).top,
  },
  {
    name: 'serve',
    brief: 'Serves the dashboard and the HTTP API until it is interrupted',
    load: async () => (await import('./commands/serve.js')).serveHub,
  },
  {
    name: 'doctor',
    brief:
      'Examines a database: files, tables, locks, hosts, damage. Changes nothing. Exit code 1 if there is a problem',
    load: async () => (await import('./commands/doctor.js')).doctor,
  },
  {
    name: 'migrate',
    brief: 'Creates or migrates the tables. With --check it only tells whether that is needed (exit code 1)',
    load: async () => (await import('./commands/doctor.js')).migrate,
  },
  {
    name: 'export',
    brief:
      'Writes a whole task hub into a file. No host may run. An export that was interrupted goes on where it ended',
    load: async () => (await import('./commands/transfer.js')).exportHub,
  },
  {
    name: 'import',
    brief: 'Reads an export into an empty task hub. An import that was interrupted goes on where it ended',
    load: async () => (await import('./commands/transfer.js')).importHub,
  },
  {
    name: 'completion',
    brief: 'Writes a script that completes this command in a shell',
    load: async () => (await import('./commands/completion.js')).completion,
  },
];

/** The routes for a command line. Commands that it does not name have their brief only. */
export async function rootFor(words: readonly string[]): Promise<RouteMap<CliContext>> {
  const routes: Record<string, Target> = {};
  const aliases: Record<string, string> = {};
  for (const { name, brief, alias, load } of places) {
    const isNamed = words.some((word) => word === alias || keyOf(word) === keyOf(name));
    routes[keyOf(name)] = isNamed ? await load() : unloaded(brief);
    if (alias !== undefined) aliases[alias] = name;
  }
  return buildRouteMap({
    routes,
    aliases,
    docs: {
      brief: 'Looks at a task hub of durable entities and orchestrations, and acts on it',
      fullDescription: `Looks at a task hub of durable entities and orchestrations, and acts on it.

The task hub is that of --url (or DURABLE_URL, with DURABLE_TOKEN), else that of --storage (or DURABLE_STORAGE), else the only *.db file here.
Data goes to stdout, all else to stderr. --json and --jsonl are for programs.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused, 5 timeout, 130 interrupted.`,
    },
  });
}

/** The name in the application, which accepts `dead-letters` and `deadLetters`. */
function keyOf(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function unloaded(brief: string): Command<CliContext> {
  return buildCommand<object, [], CliContext>({ func() {}, parameters: {}, docs: { brief } });
}
