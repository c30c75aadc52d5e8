import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/ensure.mjs';
import { openArchive } from '../../src/formats/archive/index.js';
import { bundleFuzzer } from './bundle.mjs';
import type { Task } from './child.js';
import { runTasks, type Judged } from './pool.js';
import { Random } from './random.js';
import { makeCase } from './reader.js';
import { readers } from './readers.js';

beforeAll(() => bundleFuzzer());

describe('cases', () => {
  it.each(Object.entries(readers).filter(([name]) => name !== 'instrument'))(
    'of %s are the same for the same seed and number, and change the file',
    (name, reader) => {
      const cases = Array.from({ length: 20 }, (_, number) => makeCase(reader, name, 1, number));
      cases.forEach((bytes, number) => expect(makeCase(reader, name, 1, number)).toEqual(bytes));
      const texts = new Set(cases.map((bytes) => Buffer.from(bytes).toString('latin1')));
      expect(texts.size).toBeGreaterThan(15);
      const sound = reader.seeds().map((seed) => Buffer.from(seed).toString('latin1'));
      expect([...texts].filter((text) => sound.includes(text)).length).toBeLessThan(5);
    },
  );

  it('of archives get past the zip more often than not, so that they try what lies behind', () => {
    const { seeds, mutate } = readers['torchscript']!;
    const all = seeds();
    const opened = Array.from({ length: 200 }, (_, number) => {
      const random = new Random('zip', number);
      try {
        return openArchive(mutate(random.pick(all), random, all)).names.length > 0;
      } catch {
        return false;
      }
    });
    expect(opened.filter(Boolean).length).toBeGreaterThan(120);
  });
});

describe('the judge', () => {
  const judge = async (reader: string): Promise<Judged[]> => {
    const judged: Judged[] = [];
    const tasks: Task[] = [reader, 'accepts'].map((name) => ({ reader: name, seed: 1, number: 0 }));
    await runTasks(tasks, {
      childPath: join(root, 'build/fuzz/faulty-child.mjs'),
      processes: 1,
      onJudged: (one) => judged.push(one),
      patienceSeconds: reader === 'hangs' ? 3 : 30,
    });
    return judged;
  };

  it.each([
    ['accepts', 'accepted', /^$/],
    ['refuses', 'refused', /^model\/unreadable$/],
    ['throws', 'failed', /^TypeError: of undefined/],
    ['rejects', 'failed', /^RangeError: too deep/],
    ['hangs', 'failed', /^no answer in 3 s$/],
    ['slow', 'failed', /^takes 2\.\d s$/],
    ['greedy', 'failed', /^takes [67]\d\d MB$/],
    ['dies', 'failed', /^the process ended \(SIGABRT\)/],
  ])('says of a reader that %s: %s, and goes on with the next case', async (reader, result, finding) => {
    const [first, second] = await judge(reader);
    expect(first).toMatchObject({ result, finding: expect.stringMatching(finding) as string });
    expect(second).toMatchObject({ task: { reader: 'accepts' }, result: 'accepted' });
  });
});

describe('a short run', () => {
  let failures = '';
  beforeAll(async () => {
    failures = await mkdtemp(join(tmpdir(), 'fuzz-'));
  });
  afterAll(() => rm(failures, { recursive: true }));

  it('finds nothing that crashes, hangs or grows beyond bounds', async () => {
    const args = [
      'build/fuzz/main.mjs',
      '--cases',
      '2000',
      '--seed',
      '3',
      '--processes',
      '1',
      '--out',
      failures,
    ];
    const { status, output } = await new Promise<{ status: number | null; output: string }>((resolve) => {
      const command = spawn(process.execPath, args, { cwd: root });
      let text = '';
      for (const stream of [command.stdout, command.stderr])
        stream.on('data', (part) => (text += String(part)));
      command.on('close', (code) => resolve({ status: code, output: text }));
    });
    expect(await readdir(failures), output).toEqual([]);
    expect(status, output).toBe(0);
    for (const name of Object.keys(readers)) expect(output).toMatch(new RegExp(`\\| ${name} \\| [1-9]`));
  });
});
