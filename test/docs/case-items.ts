/**
 * Cases: what people found by using version 0.1, one line for each row. The line says what is right. Tests begin with the number of
 * their row: `P3`, `G5`.
 */
const text = `
Promises
P1 A repeated request id takes effect once, with any number of request ids, and with commits during the look-up.
P2 Every client gets its answer, also if code of the host fails after a commit.
P3 A file can be opened any number of times: the storage gives out the ids of messages in blocks.
P4 A wrong clock makes no request id old, and no entity expires because of a jump of the clock.
P5 The host reports a damaged row. Callers that wait for it get an error, and other instances continue.
P6 A batch that the database refuses does not count as a crash of a message.
P7 A host that cannot store anything fails: one error in the log, a role, and the reason for every client.
P8 A start waits for the write lock, or for a process that creates the tables, up to startTimeout.
P9 The next request in any process finds what a transaction of the application has committed.
Growth
G1 Clients that were killed do not slow a start or a takeover down.
G2 The host deletes the rows of hosts and clients that have ended.
G3 The option retention deletes ended orchestrations and dead letters in small steps beside the load, and the file shrinks.
G4 The deletion of expired entities keeps up with their creation.
G5 The cost of a turn does not grow with the size of the input of the orchestration.
G6 The host deletes expired request ids in small steps, and an option says how long it keeps them.
G7 The cost of a call does not grow with the number of named signals that wait for the entity.
G8 Idle instances in memory are bounded by bytes as well as by number.
G9 A connected client deletes the receipts of its calls when it has read the answers.
G10 A connected client looks for an answer within the first milliseconds, and then less and less often.
G11 The state of an entity is captured once for an operation that awaits nothing.
Orchestrations
O1 A race of waits for events gets each event once, in order, and no acknowledged event is lost.
O2 A wait that has lost a race takes no event. Unread events stay, also across continueAsNew.
O3 An orchestration can pass a caught error to an activity or an entity, and replays afterwards.
O4 A sub-orchestration with a fixed instance id and a retry policy is retried.
O5 The option whenEnded says what a start does if the orchestration with its instance id has ended.
O6 Every entrance refuses unknown options, and names the nearest option.
O7 Log and status name the code that a deployment lacks while work waits for it.
O8 Terminate and purge take the children along on request, and status and queries name the parent.
O9 Names of events are compared without regard to case.
State and construction
T1 A state that could not be read again is refused when it is written.
T2 Classes derived from Date are restored. Classes derived from Map, Set, Array and Uint8Array are refused.
T3 An object in two places of a state behaves the same, whether the entity was evicted or not.
T4 A Buffer stays a Buffer in states, inputs and results.
T5 Fields with groups of @Expose are stored, and the start warns.
T6 A dictionary of a class keeps the class of its values.
T7 An optional injected property without a binding keeps its initial value.
T8 Injected properties of a base class are injected into its subclasses.
T9 An asynchronous @postConstruct method is refused.
T10 A service that is made asynchronously is resolved before the first message, or the start is refused.
T11 An object that a constructor makes of services is not stored silently: the first write names both ways out.
T12 The annotations of class-transformer hold in a bundled program, or the start is refused.
T13 A class whose name a bundler has changed is noticed at the start.
T14 Storage options without effect are refused.
T15 A host or client on a file is refused in a worker thread, because the end of the thread would abort the process.
T16 A stored state that is too deep or too large is StateDeserializationError.
T17 A periodic signal continues after a failed delivery, and missed deliveries do not accumulate.
T18 A scheduled signal outlives the deletion of its entity, and a name lets the entity cancel it.
T19 An injected value is never stored, whatever its type.
T20 An array in place of a single value is StateDeserializationError.
T21 The state of a TaskEntity is typed as the state in reads, queries and watch.
T22 Plain data where a class is declared has the methods of the class at the next operation.
Messages
M1 Every install line names versions that work, and the start names both versions of a TypeORM that does not.
M2 The tsconfig.json of getting started compiles with TypeScript 5.9 and 7.
M3 The error says whether sqlite3 is missing or not built, and gives the commands.
M4 A service of another container is not built a second time silently.
M5 The error for a call from an entity names what entities do instead.
M6 A warning names code of an orchestrator that cannot be replayed.
M7 A rejected promise that nobody awaits is logged with entity and operation before it ends the process.
M8 A timeout names its reason: no active host, missing code, a lock, or an operation that runs.
M9 The error for a key that is a number says so, and how to make it a text.
M10 A second copy of this package or of class-transformer is noticed at the start.
M11 The decorators of class-validator are honoured, or a warning says that they are not.
M12 The stack of an error shows the frame of the caller.
M13 The pages make no false statement about queries, and say each thing once.
M14 A host starts from node --input-type=module -e, and a watchdog that cannot start is a warning.
M15 EntityId.equals is false for a value that is not an EntityId.
M16 The error for a missing package names the package, the version and the command. Unknown options are refused.
M17 Every file that the README links to is in the package, and the manifest names its author.
M18 Git ignores the files that the samples write.
M19 Messages of one client to one entity keep the order of the calls, awaited or not.
M20 Signals and starts take a timeout and a retry policy.
M21 Queries are typed by the class, and have count and page.
`;

export interface CaseSection {
  readonly title: string;
  readonly items: readonly (readonly [label: string, line: string])[];
}

export const caseSections: readonly CaseSection[] = text
  .trim()
  .split(/\n(?=[A-Z][a-z])/)
  .map((section) => {
    const [title, ...lines] = section.split('\n') as [string, ...string[]];
    return {
      title,
      items: lines.map((line) => {
        const [, label, rest] = /^([PGOTM]\d{1,2}) (.*)$/.exec(line) as unknown as [string, string, string];
        return [label, rest] as const;
      }),
    };
  });

/** Rows that are not finished, each with the reason. */
export const leftOpen: Readonly<Record<string, string>> = {};
