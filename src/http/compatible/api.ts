/**
 * The compatible API: the HTTP API of Azure Durable Functions, as its clients use it. `docs/guides/azure-clients.md` lists each request
 * with what holds here and what differs.
 */
import type { HubClient } from '../../client/hub-client.js';
import type { Inspector } from '../../hub/inspector.js';
import type { Answer } from '../exchange.js';
import { nothingHere, wrongMethod, type CompatibleRequest } from './answers.js';
import { Entities } from './entities.js';
import { Instances, notFound } from './instances.js';
import { Orchestrations } from './orchestrations.js';
import type { ShowValue } from './shown-value.js';
import { readTarget, type Target } from './targets.js';

/** The methods of each kind of target. */
const methods: Readonly<Record<Target['kind'], readonly string[]>> = {
  orchestrator: ['POST'],
  instances: ['GET', 'DELETE'],
  instance: ['GET', 'DELETE'],
  command: ['POST'],
  event: ['POST'],
  entities: ['GET'],
  entity: ['GET', 'POST', 'DELETE'],
};

type InstanceTarget = Extract<Target, { readonly kind: 'instance' | 'command' | 'event' }>;

export class CompatibleApi {
  private readonly orchestrations: Orchestrations;
  private readonly instances: Instances;
  private readonly entities: Entities;

  constructor(client: HubClient, inspector: () => Promise<Pick<Inspector, 'history'>>, show: ShowValue) {
    this.instances = new Instances(client, inspector, show);
    this.orchestrations = new Orchestrations(client, this.instances);
    this.entities = new Entities(client, show);
  }

  /**
   * @param path below the base of the API, still encoded, without a slash at its beginning
   * @throws HttpProblem and errors of the library, whose statuses are the same for all APIs
   */
  async answer(request: CompatibleRequest, path: string): Promise<Answer> {
    const { method: given } = request.exchange;
    const method = given === 'HEAD' ? 'GET' : given;
    const target = readTarget(method, path);
    if (target === undefined) throw nothingHere();
    const allowed = methods[target.kind];
    if (!allowed.includes(method)) throw wrongMethod(method, allowed);
    switch (target.kind) {
      case 'orchestrator':
        return this.orchestrations.start(request, target.name, target.instanceId);
      case 'instances':
        return method === 'GET' ? this.instances.list(request) : this.instances.purgeMany(request);
      case 'entities':
        return this.entities.list(request, target.name);
      case 'entity':
        return method === 'GET'
          ? this.entities.read(target.name, target.key)
          : this.entities.signal(request, target.name, target.key);
      default:
        return this.answerOfInstance(request, target, method);
    }
  }

  private async answerOfInstance(request: CompatibleRequest, target: InstanceTarget, method: string): Promise<Answer> {
    const run = this.instances.handle(target.instanceId);
    if (run === undefined) return notFound(target.instanceId);
    if (target.kind === 'event') return this.instances.raise(request, run, target.event);
    if (target.kind === 'instance')
      return method === 'GET' ? this.instances.status(request, run) : this.instances.purge(run);
    return target.command === 'restart'
      ? this.orchestrations.restart(request, run)
      : this.instances.command(request, run, target.command);
  }
}
