/** Reads, commands and purges of orchestration instances. */
import type { HubClient } from '../../client/hub-client.js';
import type { RunHandle } from '../../client/run-handle.js';
import type { OrchestrationStatus } from '../../client/run-status.js';
import {
  InvalidArgumentError,
  InvalidOperationError,
  NotSupportedError,
  OrchestrationNotFoundError,
  RewindNotPossibleError,
} from '../../errors/index.js';
import { quoted } from '../../errors/text.js';
import { checkInstanceId } from '../../model/arguments.js';
import { hasEnded } from '../../model/runtime-status.js';
import type { Inspector } from '../../hub/inspector.js';
import type { Answer } from '../exchange.js';
import { accepted, refused, refusedAs, type CompatibleRequest } from './answers.js';
import { readHistory, wireEvents } from './history-events.js';
import { statusLocation } from './links.js';
import { listPage, pageAnswer, pageOf } from './pages.js';
import type { ShowValue } from './shown-value.js';
import { outputJson, statusBody } from './status-body.js';
import type { Parameters } from './parameters.js';
import type { InstanceCommand } from './targets.js';

export class Instances {
  constructor(
    private readonly client: HubClient,
    private readonly inspector: () => Promise<Pick<Inspector, 'history'>>,
    private readonly show: ShowValue,
  ) {}

  /** The handle of an instance. `undefined` if no orchestration instance can have this id. */
  handle(instanceId: string): RunHandle | undefined {
    try {
      return this.client.run('orchestration', checkInstanceId(instanceId));
    } catch (error) {
      if (error instanceof InvalidArgumentError) return undefined;
      throw error;
    }
  }

  async status(request: CompatibleRequest, run: RunHandle): Promise<Answer> {
    const status = await run.status();
    return status === undefined ? notFound(run.instanceId) : this.answer(request, status);
  }

  /** The result of a completed run alone; the status of any other. */
  async outcome(request: CompatibleRequest, run: RunHandle): Promise<Answer> {
    const status = await run.status();
    if (status === undefined) return notFound(run.instanceId);
    if (status.runtimeStatus !== 'completed') return this.answer(request, status);
    return { status: 200, json: outputJson(status, this.show) };
  }

  private async answer(request: CompatibleRequest, status: OrchestrationStatus): Promise<Answer> {
    const { parameters, base, exchange } = request;
    const { runtimeStatus, instanceId } = status;
    const showInput = parameters.flag('showInput') ?? true;
    const json = { ...statusBody(status, showInput, this.show), ...(await this.historyOf(status, parameters)) };
    if (!hasEnded(runtimeStatus)) {
      const location = statusLocation(base, instanceId, exchange.query);
      return { status: 202, headers: { location, 'retry-after': '5' }, json };
    }
    const fails = runtimeStatus === 'failed' && parameters.flag('returnInternalServerErrorOnFailure') === true;
    return { status: fails ? 500 : 200, json };
  }

  /** The client reads `history`, and the server of Azure sends `historyEvents`: the answer has both. */
  private async historyOf(status: OrchestrationStatus, parameters: Parameters): Promise<object> {
    if (parameters.flag('showHistory') !== true) return {};
    const view = {
      showInput: parameters.flag('showInput') ?? true,
      showOutput: parameters.flag('showHistoryOutput') ?? false,
    };
    const read = await readHistory(await this.inspector(), status.instanceId);
    const history = wireEvents(read, status, view, this.show);
    return { historyEvents: history, history, ...(read.isCut && { historyIsCut: true }) };
  }

  async list({ exchange, parameters }: CompatibleRequest): Promise<Answer> {
    const named = parameters.statuses();
    // Only names that are no status: the filter is passed over, as in Azure. Only statuses that no run has here: nothing is selected.
    const readable = named !== undefined && (named.statuses.length > 0 || named.unknown.length === 0);
    if (readable && named.statuses.length === 0) return { status: 200, json: [] };
    const createdAfter = parameters.instantMs('createdTimeFrom');
    const createdBefore = parameters.untilMs('createdTimeTo');
    const query = this.client.queryRuns({
      ...(readable && { runtimeStatus: named.statuses }),
      createdAfter,
      createdBefore,
      instanceIdPrefix: parameters.text('instanceIdPrefix'),
    });
    const showInput = parameters.flag('showInput') ?? true;
    const page = await listPage(query, pageOf(exchange, parameters), (status) =>
      statusBody(status, showInput, this.show),
    );
    return pageAnswer(page);
  }

  async command(request: CompatibleRequest, run: RunHandle, command: InstanceCommand): Promise<Answer> {
    const reason = reasonOf(request.parameters.text('reason'));
    if (command === 'rewind') return this.rewind(run, reason);
    return this.delivered(run, async () => {
      if (command === 'terminate') await run.terminate(reason);
      else if (command === 'suspend') await run.suspend(reason);
      else await run.resume();
    });
  }

  async raise(request: CompatibleRequest, run: RunHandle, event: string): Promise<Answer> {
    const value = await request.exchange.body();
    return this.delivered(run, () => run.raiseEvent(event, value));
  }

  /** 404 if the instance does not exist, 410 if it has ended. */
  private async delivered(run: RunHandle, send: () => Promise<void>): Promise<Answer> {
    try {
      await send();
      return accepted;
    } catch (error) {
      if (!(error instanceof OrchestrationNotFoundError)) throw error;
      return refused((await this.exists(run)) ? 410 : 404, error);
    }
  }

  /** A run that cannot be read exists. */
  private async exists(run: RunHandle): Promise<boolean> {
    const { items } = await this.client.queryRuns({ instanceIdPrefix: run.instanceId }).page({ size: 1 });
    return items[0]?.instanceId === run.instanceId;
  }

  /** The client shows the body of a refused rewind as it is: the body is the message, as a JSON text. */
  private async rewind(run: RunHandle, reason: string | undefined): Promise<Answer> {
    try {
      await run.rewind(reason);
      return accepted;
    } catch (error) {
      if (error instanceof OrchestrationNotFoundError) return { status: 404, json: error.message };
      if (error instanceof NotSupportedError) return { status: 501, json: error.message };
      if (error instanceof RewindNotPossibleError) return { status: 412, json: error.message };
      throw error;
    }
  }

  async purge(run: RunHandle): Promise<Answer> {
    try {
      await run.purge();
      return { status: 200, json: { instancesDeleted: 1 } };
    } catch (error) {
      if (error instanceof OrchestrationNotFoundError) return refused(404, error);
      return refusedAs(412, error, InvalidOperationError);
    }
  }

  /**
   * Deletes the ended runs that the query selects. A condition that cannot be read is refused, because without it the query would delete more
   * than it asks for.
   */
  async purgeMany({ parameters }: CompatibleRequest): Promise<Answer> {
    const from = parameters.instantMs('createdTimeFrom');
    if (from === undefined) throw unreadable('createdTimeFrom', parameters.text('createdTimeFrom'));
    const to = parameters.instantMs('createdTimeTo');
    const givenTo = parameters.filled('createdTimeTo');
    if (to === undefined && givenTo !== undefined) throw unreadable('createdTimeTo', givenTo);
    const named = parameters.statuses();
    if (named !== undefined && named.unknown.length > 0) throw unreadable('runtimeStatus', named.unknown[0]);
    const statuses = named?.statuses.filter(hasEnded);
    const instancesDeleted =
      statuses?.length === 0
        ? 0
        : await this.client.purgeRuns({
            createdAfter: from,
            createdBefore: to === undefined ? undefined : to + 1,
            ...(statuses !== undefined && { runtimeStatus: statuses }),
          });
    return { status: instancesDeleted === 0 ? 404 : 200, json: { instancesDeleted } };
  }
}

export function notFound(instanceId: string): Answer {
  return refused(404, new OrchestrationNotFoundError(instanceId));
}

/** A client of JavaScript without a reason sends the text `undefined`. */
function reasonOf(text: string | undefined): string | undefined {
  return text === 'undefined' || text === '' ? undefined : text;
}

function unreadable(parameter: string, given: string | undefined): InvalidArgumentError {
  const problem = given === undefined ? 'it is missing' : `${quoted(given)} cannot be read`;
  const hint =
    parameter === 'runtimeStatus'
      ? 'Give Completed, Failed or Terminated, or several of them with commas.'
      : 'Give an instant such as 2026-01-31T18:05:00Z.';
  return new InvalidArgumentError(parameter, problem, hint);
}
