import { Entity, entityInterface } from 'durable-entities';

export interface Standing {
  readonly player: string;
  readonly points: number;
}

export interface Season {
  readonly name: string;
  /** Players by points, the best first. */
  readonly table: readonly Standing[];
  /** The last full hundred of each player. */
  readonly milestones: ReadonlyMap<string, number>;
}

export interface ILeaderboard {
  milestone(reached: Standing): void;
  closeSeason(standings: Omit<Season, 'milestones'>): Promise<Season>;
}

export const ILeaderboard = entityInterface<ILeaderboard>('ILeaderboard', { milestone: 'signal', closeSeason: 'call' });

/** The one leaderboard. It receives milestones and the final standings. */
@Entity({ implements: [ILeaderboard], effects: 'none' })
export class Leaderboard implements ILeaderboard {
  /** Milestones of this season. */
  milestones = new Map<string, number>();
  champions: string[] = [];

  milestone({ player, points }: Standing): void {
    this.milestones.set(player, points);
  }

  async closeSeason({ name, table }: Omit<Season, 'milestones'>): Promise<Season> {
    const milestones = new Map([...this.milestones].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.milestones.clear();
    this.champions.push(`${name}: ${table[0]?.player ?? 'nobody'}`);
    return { name, table, milestones };
  }
}
