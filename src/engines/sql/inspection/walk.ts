/** A walk over what waits for what, with the links that it found. */
import type { ExplanationLink, Reason } from '../../../hub/explanation.js';
import type { Membership } from '../ports/store.js';
import type { Details } from './details.js';
import type { InspectionPorts } from './ports.js';
import { sentenceOf } from './sentences.js';

/** The greatest number of instances that a walk follows. */
const depthMax = 8;
const linksMax = 50;
/** A walk that takes longer ends. */
const walkMs = 1_000;

/** A message that an orchestration waits for the effect of: a call, or a request for a lock. */
export interface AwaitedMessage {
  readonly instance: string;
  readonly execution: string;
  readonly task: number;
  readonly kind: 'call' | 'lock';
}

/** Adds the reasons of one instance to a walk, and follows them. */
export type Explain = (walk: Walk, depth: number, id: string, awaited?: AwaitedMessage) => Promise<void>;

export class Walk {
  readonly links: ExplanationLink[] = [];
  isCut = false;
  private readonly visited = new Set<string>();
  private readonly endMs: number;
  private saidNoWorker = false;

  constructor(
    readonly ports: InspectionPorts,
    readonly details: Details,
    readonly membership: Membership,
    private readonly explain: { readonly entity: Explain; readonly run: Explain },
  ) {
    this.endMs = ports.clock.monotonicMs() + walkMs;
  }

  add(depth: number, subject: string, reason: Reason, sinceMs?: number): void {
    if (this.links.length >= linksMax) {
      this.isCut = true;
      return;
    }
    const { because, remedy } = sentenceOf(reason, subject);
    this.links.push({ depth, subject, reason, because, sinceMs, remedy });
  }

  /** Explains another instance, which the last link waits for. */
  async follow(depth: number, id: string, awaited?: AwaitedMessage): Promise<void> {
    if (this.visited.has(id)) return;
    if (depth >= depthMax || this.links.length >= linksMax || this.ports.clock.monotonicMs() > this.endMs) {
      this.isCut = true;
      return;
    }
    this.visited.add(id);
    await (id.startsWith('@') ? this.explain.entity : this.explain.run)(this, depth, id, awaited);
  }

  /** Tells once that the owner of this instance is not alive. Returns whether it is alive. */
  async checkOwner(depth: number, id: string): Promise<boolean> {
    const owner = this.ownerOf(id);
    if (owner !== undefined) return true;
    if (this.saidNoWorker) return false;
    this.saidNoWorker = true;
    const workers = await this.ports.store.inspect().workers({ limit: 100 });
    const untilMs = workers.find(({ kind }) => kind === 'worker')?.expiresAtMs;
    this.add(depth, id, { code: 'noActiveWorker', untilMs }, untilMs);
    return false;
  }

  /** The living worker that owns the partition of this instance. */
  ownerOf(id: string): Membership['members'][number] | undefined {
    const { members, owners, nowMs } = this.membership;
    const owner = owners[this.details.target(id).partition];
    return members.find(({ incarnation, expiresAtMs }) => incarnation === owner && expiresAtMs > nowMs);
  }

  /** Adds a link if the living owner of the instance has not announced this name. Returns whether it has. */
  checkCode(
    depth: number,
    id: string,
    { what, name, version }: { what: 'entity' | 'orchestration' | 'activity'; name: string; version?: number },
    sinceMs?: number,
  ): boolean {
    const owner = this.ownerOf(id);
    const announced = version === undefined || version === 1 ? `${what}:${name}` : `version:${name}@${version}`;
    if (owner === undefined || owner.names.includes(announced)) return true;
    const announcedBy = this.membership.members.filter(({ names }) => names.includes(announced)).map((one) => one.name);
    this.add(depth, id, { code: 'notRegistered', what, name, version, announcedBy }, sinceMs);
    return false;
  }

  checkCaution(depth: number, id: string): void {
    if (this.ports.facts?.isCautious(id) === true) this.add(depth, id, { code: 'cautious' });
  }
}
