/**
 * Prints `N passed, N failed[, N skipped]` from vitest's JSON report, for `.ci/run`.
 * Fails when nothing ran, or when ../shared is there and none of the tests that use it passed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ensure.mjs';

const files = readResults(process.argv[2]);
const count = (status) =>
  files.reduce((sum, file) => sum + file.assertionResults.filter((test) => test.status === status).length, 0);

const passed = count('passed');
// A file that could not even be loaded has no test to show for it.
const broken = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
const failed = count('failed') + broken;
const skipped = count('pending') + count('skipped') + count('todo');

if (passed + failed === 0) {
  console.error('No test ran.');
  process.exitCode = 1;
}
// Such tests say so in their names.
const shared = files
  .flatMap((file) => file.assertionResults)
  .filter((test) => test.fullName.includes('../shared'));
if (existsSync(join(root, '../shared')) && !shared.some((test) => test.status === 'passed')) {
  console.error('../shared is there, but none of the tests that use it passed.');
  process.exitCode = 1;
}
if (failed > 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);

/** The report's files; none if vitest did not get as far as writing it. */
function readResults(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults ?? [];
  } catch {
    return [];
  }
}
