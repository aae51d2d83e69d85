import { defineOrchestration } from 'durable-entities';
import { IGame } from './game.js';
import { ILeaderboard, type Season } from './leaderboard.js';
import { IPlayer } from './player.js';

/** Asks all games for their players and all players for their points, and signals the leaderboard. */
export const endSeason = defineOrchestration(
  'EndSeason',
  async (context, { name, games }: { name: string; games: readonly string[] }): Promise<Season> => {
    // All calls are sent before the code awaits the first answer.
    const playersByGame = await Promise.all(games.map((game) => context.createEntityProxy(IGame, game).players()));
    const players = [...new Set(playersByGame.flat())];
    const table = await Promise.all(
      players.map(async (player) => ({ player, points: await context.createEntityProxy(IPlayer, player).endSeason() })),
    );
    table.sort((a, b) => b.points - a.points || (a.player < b.player ? -1 : 1));

    // This signal comes after the milestones: the signals that a player sent before its answer are applied first.
    return context.createEntityProxy(ILeaderboard, 'world').closeSeason({ name, table });
  },
);
