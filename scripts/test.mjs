/**
 * `npm test`: installs what is missing, Chromium included where it may, then runs unit and browser tests.
 * `npm test -- --unit` leaves out the browser; anything else goes on to vitest (`npm test -- src/graph`).
 */
import { ensureChromium, ensureDependencies, main, runNode } from './ensure.mjs';

await main((args) => {
  const unitOnly = args.includes('--unit');
  ensureDependencies();
  // The tests build what they need (vitest's global set-up), so that they do so without this command, too.
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...args.filter((arg) => arg !== '--unit' && arg !== '--run'),
  ];
  if (unitOnly) return runNode([...vitest, '--project', 'unit']);
  const env = { ...process.env, CHROMIUM_PATH: ensureChromium() };
  return runNode(vitest, { env });
});
