/**
 * `npm run check`: types of every thread, lint (with the layer rule), format, and the layer rule on the built bundle.
 * Runs all of them even when one fails, and says at the end which did.
 */
import { ensureDependencies, main, runNode } from './ensure.mjs';

const THREADS = ['main', 'portable', 'worklet', 'worker', 'node'];

await main(() => {
  ensureDependencies();
  const steps = [
    ...THREADS.map((thread) => [
      `types (${thread})`,
      ['node_modules/typescript/bin/tsc', '-p', `tsconfig.${thread}.json`],
    ]),
    ['lint', ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0']],
    ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
    [
      'layers',
      ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'test/layers.test.ts', '--reporter=dot'],
    ],
  ];
  const failed = steps.filter(([name, args]) => {
    const ok = runNode(args) === 0;
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
    return !ok;
  });
  return failed.length === 0 ? 0 : 1;
});
