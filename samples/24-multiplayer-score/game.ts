import { Entity, entityInterface } from 'durable-entities';
import { IPlayer } from './player.js';

export interface Hit {
  readonly player: string;
  readonly points: number;
}

export interface IGame {
  hit(hit: Hit): void;
  players(): Promise<string[]>;
}

export const IGame = entityInterface<IGame>('IGame', { hit: 'signal', players: 'call' });

/** A game. It stores its players, and signals them their points. */
@Entity({ implements: [IGame], effects: 'none' })
export class Game implements IGame {
  playing = new Set<string>();

  hit({ player, points }: Hit): void {
    this.playing.add(player);
    Entity.current.signalEntity(IPlayer, player, (proxy) => proxy.score(points));
  }

  async players(): Promise<string[]> {
    return [...this.playing].sort();
  }
}
