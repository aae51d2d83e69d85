import { Entity, entityInterface } from 'durable-entities';
import { ILeaderboard } from './leaderboard.js';

export interface IPlayer {
  score(points: number): void;
  /** Returns the points of the season, and begins the next season. */
  endSeason(): Promise<number>;
}

export const IPlayer = entityInterface<IPlayer>('IPlayer', { score: 'signal', endSeason: 'call' });

const milestone = 100;

/** A player, with the points of all games. */
@Entity({ implements: [IPlayer], effects: 'none' })
export class Player implements IPlayer {
  total = 0;

  score(points: number): void {
    const before = Math.floor(this.total / milestone);
    this.total += points;
    const after = Math.floor(this.total / milestone);
    if (after > before) {
      const reached = { player: Entity.current.entityKey, points: after * milestone };
      Entity.current.signalEntity(ILeaderboard, 'world', (board) => board.milestone(reached));
    }
  }

  async endSeason(): Promise<number> {
    const { total } = this;
    this.total = 0;
    return total;
  }
}
