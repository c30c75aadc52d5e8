/**
 * Writes the table of docs/models.md from build/model-parity.json, which the tests in test/oracle measure.
 * `RAVE_ORACLE=FOLDER npm test -- test/oracle && node scripts/model-table.mjs`
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { main, root } from './ensure.mjs';

const START = '<!-- table: scripts/model-table.mjs -->';
const END = '<!-- end of table -->';

/** What a variant is, by the first part of its name that is known. */
const VARIANTS = [
  ['v1_full', 'v1, full size (86 MB)'],
  ['v1_not_streaming', 'v1, exported without streaming'],
  ['v1', 'v1: waveform, loudness and noise branches, batch norm in the encoder'],
  ['v2_full', 'v2, full size (149 MB)'],
  ['v2_not_streaming', 'v2, exported without streaming'],
  ['v2_half', 'v2, weights stored in half precision'],
  ['v2_small', 'v2_small: short hop, noise branch'],
  ['v2_noise', 'v2 + noise branch'],
  ['v2_causal', 'v2 + causal'],
  ['v2_stereo', 'v2, two channels'],
  ['v2_resampled', 'v2, resampled to twice its rate'],
  ['v2', 'v2'],
  ['v3', 'v3: Snake, adaptive instance norm'],
  ['stereo', 'v2, stereo export'],
  ['two_channels', 'v2, two channels'],
  ['resampled', 'v2, resampled to twice its rate'],
  ['discrete_v3', 'discrete_v3: codes, Snake'],
  ['discrete', 'discrete: codes, appended noise'],
  ['wasserstein', 'v2 + wasserstein: appended noise'],
  ['spherical', 'v2 + spherical: latents are angles; stores NaN, so it starts from zeros'],
  ['hybrid', 'v2 + hybrid: mel spectrogram in, GRU'],
  ['onnx', 'onnx'],
  ['raspberry', 'raspberry'],
];

/** Title and the runs it stands for. */
const COLUMNS = [
  ['`decode`, one hop', 'decode'],
  ['four at once', 'decode_four_at_once'],
  ['all latents', 'decode_all_latents'],
  ['settings', 'decode_stereo', 'decode_learning'],
  ['`encode`, one hop', 'encode'],
  ['four at once', 'encode_four_at_once'],
];

await main(async () => {
  const measured = JSON.parse(await readFile(join(root, 'build/model-parity.json'), 'utf8'));
  const path = join(root, 'docs/models.md');
  const page = await readFile(path, 'utf8');
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${path} has no place for the table (${START} … ${END})`);
  const text = `${before}${START}\n\n${table(measured)}\n\n${END}${after}`;
  await writeFile(path, await prettier.format(text, { parser: 'markdown', printWidth: 110 }));
  return 0;
});

function table(measured) {
  const rows = Object.entries(measured).map(([name, { exporter, torch, runs }]) => {
    const run = (method) => runs.find((candidate) => candidate.method === method);
    return [
      variantOf(name),
      exporter.replace('RAVE ', ''),
      torch.split('.').slice(0, 2).join('.'),
      ...COLUMNS.map(([, ...methods]) => cell(methods.map(run).filter((found) => found !== undefined))),
    ];
  });
  rows.sort(([a1, b1], [a2, b2]) => b2.localeCompare(b1) || a1.localeCompare(a2));
  const head = ['model', 'RAVE', 'PyTorch', ...COLUMNS.map(([title]) => title)];
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function variantOf(name) {
  const bare = name.replace(/^v\d{3}_/, '');
  return VARIANTS.find(([start]) => bare.startsWith(start))?.[1] ?? bare;
}

/** The greatest difference from zeros / from the stored state, rounded up, so that it holds on any machine. */
function cell(runs) {
  if (runs.length === 0) return '–';
  if (runs.some(({ error }) => error !== undefined)) return 'not answered';
  const worst = (key) => runs.map((run) => run[key]).reduce((a, b) => (b === undefined || a > b ? a : b));
  const parts = [worst('zero'), worst('stored')].filter((value) => value !== undefined).map(roundedUp);
  const peak = worst('peak');
  return `${parts.join(' / ')}${peak === undefined || peak < 1.05 ? '' : ` (peak ${peak.toFixed(1)})`}`;
}

function roundedUp(value) {
  if (value === 0) return '0';
  if (typeof value !== 'number') return String(value);
  const exponent = Math.floor(Math.log10(value));
  const first = [1, 2, 5, 10].find((candidate) => value <= candidate * 10 ** exponent) ?? 10;
  return first === 10 ? `1e${exponent + 1}` : `${first}e${exponent}`;
}
