/**
 * The layer rule: a file imports from its own room or from a room of lower rank, never sideways or upwards.
 * The one table of ranks; held by lint (eslint.config.js) and by a test on what esbuild bundles (test/layers.test.ts).
 */

const RANKS = {
  shared: 0,
  graph: 1,
  terrain: 1,
  formats: 2,
  engine: 2,
  dsp: 3,
  workers: 3,
  gui: 3,
  wam: 4,
  bin: 4,
  'host-demo': 5,
};

/**
 * The room of a file, or null where the rule does not reach (tests, scripts, packages, assets).
 * @param {string} path from the project's root, with forward slashes
 * @returns {keyof typeof RANKS | null}
 */
export function roomOf(path) {
  if (/\.test\.ts$/.test(path)) return null;
  const [top, next] = path.split('/');
  if (top === 'bin' || top === 'host-demo') return top;
  if (top !== 'src') return null;
  // Plain facts beside the rooms: whoever reads descriptor.json depends on nothing.
  if (next.endsWith('.json') || next.endsWith('.d.ts')) return 'shared';
  // The plugin's entry is the one-line front door of its wiring.
  const room = next === 'index.ts' ? 'wam' : next;
  if (!(room in RANKS)) throw new Error(`src/${next} has no rank: add it to scripts/layers.mjs.`);
  return room;
}

/**
 * What is wrong with one import, in words; null if nothing is.
 * @param {string} from importing file, from the project's root
 * @param {string} to imported file, from the project's root
 * @returns {string | null}
 */
export function layerViolation(from, to) {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (!room) return null;
  if (room === 'host-demo' && to.startsWith('src/')) {
    return `${from} imports ${to}: the host demo loads the built plugin by its address, like any host.`;
  }
  if (!target || room === target || RANKS[target] < RANKS[room]) return null;
  return `${from} (${room}, rank ${RANKS[room]}) imports ${to} (${target}, rank ${RANKS[target]}): only lower ranks.`;
}
