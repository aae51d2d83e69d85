import { defineOrchestration } from 'durable-entities';
import { IGame } from './game.js';
import { ILeaderboard, type Season } from './leaderboard.js';
import { IPlayer } from './player.js';

/** Asks all games who played and all players what they have, and tells the leaderboard. */
export const endSeason = defineOrchestration(
  'EndSeason',
  async (context, { name, games }: { name: string; games: readonly string[] }): Promise<Season> => {
    // In parallel: all calls are on their way before the first answer is awaited.
    const playersByGame = await Promise.all(games.map((game) => context.createEntityProxy(IGame, game).players()));
    const players = [...new Set(playersByGame.flat())];
    const table = await Promise.all(
      players.map(async (player) => ({ player, points: await context.createEntityProxy(IPlayer, player).endSeason() })),
    );
    table.sort((a, b) => b.points - a.points || (a.player < b.player ? -1 : 1));

    // Behind the milestones: whatever a player sent before it answered us is there before what we send now.
    return context.createEntityProxy(ILeaderboard, 'world').closeSeason({ name, table });
  },
);
