/** Starts and restarts of orchestrations, with or without a wait for their end. */
import type { HubClient } from '../../client/hub-client.js';
import type { RunHandle } from '../../client/run-handle.js';
import {
  InstanceAlreadyExistsError,
  InvalidArgumentError,
  InvalidOperationError,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
  TimeoutError,
  UnknownOrchestrationError,
} from '../../errors/index.js';
import { quoted } from '../../errors/text.js';
import type { Answer } from '../exchange.js';
import { HttpProblem } from '../problem.js';
import { refused, refusedAs, started, type CompatibleRequest } from './answers.js';
import type { Instances } from './instances.js';
import { managementLinks } from './links.js';
import { waitMsMax, waitsMax, Waits } from './waits.js';

export class Orchestrations {
  private readonly waits = new Waits();

  constructor(
    private readonly client: HubClient,
    private readonly instances: Instances,
  ) {}

  /** Starts an orchestration. A run of the same id that has ended is replaced, as in Azure. */
  async start(request: CompatibleRequest, name: string, instanceId: string | undefined): Promise<Answer> {
    const version = versionOf(request.parameters.filled('version'));
    const input = await request.exchange.body();
    const options = { input, version, ...(instanceId !== undefined && { instanceId }) };
    try {
      return await this.begin(request, () => this.client.startNew(name, { ...options, whenEnded: 'startAgain' }));
    } catch (error) {
      if (error instanceof InstanceAlreadyExistsError) return refused(409, error);
      return refusedAs(400, error, UnknownOrchestrationError);
    }
  }

  async restart(request: CompatibleRequest, run: RunHandle): Promise<Answer> {
    const newInstanceId = request.parameters.flag('restartWithNewInstanceId') ?? true;
    try {
      return await this.begin(request, () => run.restart({ newInstanceId }));
    } catch (error) {
      if (error instanceof InvalidOperationError) return refused(409, error);
      return refusedAs(400, error, OrchestrationNotFoundError, UnknownOrchestrationError);
    }
  }

  /** Runs a start, and waits for the end of its run if the request asks for that. Without room for the wait, nothing is started. */
  private async begin(request: CompatibleRequest, start: () => Promise<RunHandle>): Promise<Answer> {
    const waitMs = waitOf(request);
    if (waitMs === undefined) return this.links(request, await start());
    const waiting = this.waits.run(async () => {
      const run = await start();
      return { run, isOver: await ended(run, waitMs) };
    });
    if (waiting === undefined) throw tooManyWaits();
    const { run, isOver } = await waiting;
    return isOver ? this.instances.outcome(request, run) : this.links(request, run);
  }

  private links({ base, parameters }: CompatibleRequest, { instanceId }: RunHandle): Answer {
    const hub = { taskHub: parameters.filled('taskHub'), connection: parameters.filled('connection') };
    return started(managementLinks(base, instanceId, hub));
  }
}

/** Resolves with whether the run has ended within this time. */
async function ended(run: RunHandle, timeoutMs: number): Promise<boolean> {
  try {
    await run.result({ timeout: timeoutMs });
    return true;
  } catch (error) {
    if (error instanceof OrchestrationFailedError || error instanceof OrchestrationTerminatedError) return true;
    if (error instanceof TimeoutError) return false;
    throw error;
  }
}

/** The time that a request waits, in ms. It needs both parameters, as in Azure; the polling interval has no other meaning here. */
function waitOf({ parameters }: CompatibleRequest): number | undefined {
  const timeoutMs = parameters.secondsMs('timeout');
  const intervalMs = parameters.secondsMs('pollingInterval');
  if (timeoutMs === undefined || intervalMs === undefined) return undefined;
  if (intervalMs <= timeoutMs) return Math.min(timeoutMs, waitMsMax);
  throw new InvalidArgumentError(
    'pollingInterval',
    'it is longer than the timeout',
    'Give a pollingInterval of at most the timeout.',
  );
}

function versionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(
    'version',
    `${quoted(text)} is not a whole number of at least 1`,
    'Give 1, 2, 3 and so on.',
  );
}

function tooManyWaits(): HttpProblem {
  return new HttpProblem(
    'DE_HTTP_TOO_MANY_REQUESTS',
    `${waitsMax} requests wait for the end of orchestrations already. Nothing was started.`,
    'Repeat the request later, or leave out `timeout`, and ask for the status.',
    { 'retry-after': '5' },
  );
}
