/**
 * `npm run bench`: how fast the engine is beside its peers, as a table, or with `-- --json` one JSON object a line.
 * `-- --quick` takes fewer and shorter runs; `-- --node` leaves out the browser. The bench itself is in test/bench/.
 */
import { ensureChromium, ensureDependencies, main, root, runNode } from './ensure.mjs';

await main(async (args) => {
  // With --json, the output holds nothing but rows.
  const log = (line) => console.error(line);
  ensureDependencies({ log });
  const env = { ...process.env };
  if (!args.includes('--node')) env.CHROMIUM_PATH = ensureChromium({ log });
  const { build } = await import('../esbuild.config.mjs');
  const { buildId } = await build();
  log(`build ${buildId}`);
  const { bundleBench } = await import('../test/bench/bundle.mjs');
  await bundleBench();
  return runNode(['--enable-source-maps', 'build/bench/main.mjs', ...args], { cwd: root, env });
});
