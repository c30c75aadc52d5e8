/**
 * The fuzzer's command. Runs cases of all readers in turn, prints a table, keeps the file of every failure, and ends with
 * status 1 if there was one. Run by scripts/fuzz.mjs, which bundles it.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Task } from './child.js';
import { runTasks, type Judged } from './pool.js';
import { makeCase } from './reader.js';
import { readers } from './readers.js';

const HELP = `npm run fuzz -- [options]
  --cases N      cases in all, shared among the readers (20000)
  --seed S       whole number; the same seed gives the same cases (1)
  --reader NAME  only this one: ${Object.keys(readers).join(', ')}
  --case K       only this case of --reader, to look into a failure
  --processes P  cases that run at once (${availableParallelism()})
  --out FOLDER   where files of failures are kept (build/fuzz/failures)`;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    reader: { type: 'string' },
    case: { type: 'string' },
    processes: { type: 'string', default: String(availableParallelism()) },
    out: { type: 'string', default: 'build/fuzz/failures' },
    help: { type: 'boolean', default: false },
  },
});

/** The built-in instrument takes a hundred times longer than other files and adds little to the small ones. */
const SHARES: Readonly<Record<string, number>> = { instrument: 0.02 };

interface Row {
  cases: number;
  accepted: number;
  refused: number;
  failed: number;
  seconds: number;
  slowest: number;
  peakMegabytes: number;
}

function whole(name: 'cases' | 'seed' | 'processes' | 'case'): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} must be a whole number.\n${HELP}`);
  return number;
}

function* tasks(names: readonly string[], seed: number): Iterable<Task> {
  if (values.case !== undefined) {
    if (values.reader === undefined) throw new Error(`--case needs --reader.\n${HELP}`);
    yield { reader: values.reader, seed, number: whole('case') };
    return;
  }
  const share = (name: string): number => (names.length > 1 ? (SHARES[name] ?? 1) : 1);
  const total = names.reduce((sum, name) => sum + share(name), 0);
  const counts = names.map((name) => Math.round((whole('cases') * share(name)) / total));
  for (let number = 0; number < Math.max(...counts); number++)
    for (const [index, reader] of names.entries())
      if (number < counts[index]!) yield { reader, seed, number };
}

/** Keeps the file of a failure and says how to have it again. */
function report({ task, finding }: Judged): void {
  const { reader, seed, number } = task;
  mkdirSync(values.out, { recursive: true });
  const path = join(values.out, `${reader}-${seed}-${number}.${readers[reader]!.extension}`);
  writeFileSync(path, makeCase(readers[reader]!, reader, seed, number));
  console.error(`FAILED ${reader}, seed ${seed}, case ${number}: ${finding}`);
  console.error(
    `  kept as ${path}; again: npm run fuzz -- --reader ${reader} --seed ${seed} --case ${number}`,
  );
}

function printTable(rows: ReadonlyMap<string, Row>): void {
  const heads = [
    'reader',
    'cases',
    'accepted',
    'refused',
    'failed',
    'slowest s',
    'peak MB',
    'cases per s of processor',
  ];
  const cells = [...rows].map(([name, row]) => [
    name,
    row.cases,
    row.accepted,
    row.refused,
    row.failed,
    row.slowest.toFixed(2),
    row.peakMegabytes.toFixed(0),
    (row.cases / row.seconds).toFixed(0),
  ]);
  for (const line of [heads, heads.map(() => '---'), ...cells]) console.log(`| ${line.join(' | ')} |`);
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const names = values.reader === undefined ? Object.keys(readers) : [values.reader];
  if (!names.every((name) => Object.hasOwn(readers, name))) throw new Error(`no such reader\n${HELP}`);
  const rows = new Map<string, Row>(
    names.map((name) => [
      name,
      { cases: 0, accepted: 0, refused: 0, failed: 0, seconds: 0, slowest: 0, peakMegabytes: 0 },
    ]),
  );
  await runTasks(tasks(names, whole('seed')), {
    childPath: 'build/fuzz/main-child.mjs',
    processes: Math.max(1, whole('processes')),
    onJudged: (judged) => {
      const row = rows.get(judged.task.reader)!;
      row.cases++;
      row[judged.result]++;
      row.seconds += judged.seconds || 0;
      row.slowest = Math.max(row.slowest, judged.seconds || 0);
      row.peakMegabytes = Math.max(row.peakMegabytes, judged.peakMegabytes || 0);
      if (judged.result === 'failed') report(judged);
    },
  });
  printTable(rows);
  return [...rows.values()].some(({ failed }) => failed > 0) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
