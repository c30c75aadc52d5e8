/**
 * A player set up and performed as tests want it: every sample kept, time cut as they say.
 * Only for tests in this room.
 */

import type { ParameterId } from '../shared/parameters.js';
import type { Bounds } from '../shared/terrain.js';
import { CHUNK, Player } from './player.js';
import { fakeTerrain, type FakeInstrument } from './test-networks.js';

export const RATE = 48_000;
export const FADE = 960;
export const UNIT: Bounds = [
  [0, 1],
  [0, 1],
];

export type Actions = ReadonlyMap<number, (player: Player) => void>;

/** Renders `count` samples, acting on the player at the given samples; cuts between them as `slice` says. */
export function perform(
  player: Player,
  count: number,
  actions: Actions = new Map(),
  slice: () => number = () => CHUNK,
) {
  const left = new Float32Array(count);
  const right = new Float32Array(count);
  const stops = [...actions.keys(), count].sort((a, b) => a - b);
  for (let at = 0; at < count;) {
    actions.get(at)?.(player);
    const stop = stops.find((s) => s > at)!;
    const step = Math.max(1, Math.min(Math.floor(slice()), CHUNK, stop - at));
    player.render(step);
    left.set(player.left.subarray(0, step), at);
    right.set(player.right.subarray(0, step), at);
    at += step;
  }
  return { left, right };
}

export function makePlayer(
  fake: FakeInstrument,
  values: Partial<Record<ParameterId, number>> = {},
  rate = RATE,
): Player {
  const player = new Player(rate);
  player.setSeed(1);
  player.setInstrument(fake.instrument, fake.decoder);
  const terrain = fakeTerrain(2);
  player.setTerrain(terrain.plan, terrain, UNIT, 2);
  for (const [id, value] of Object.entries({ glide: 0, ...values })) player.set(id as ParameterId, value);
  player.jump();
  return player;
}
