/** Changes to the code of TorchScript archives that leave much of it readable: lines, names, numbers, loops, depth. */

import { INTERESTING, type Random } from './random.js';

const TOKEN = /"(?:[^"\\\n]|\\.)*"|[A-Za-z_][A-Za-z_0-9]*|\d[\d.e-]*|[()[\]{}.,:=-]/g;
const ODD_TOKENS = [
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ':',
  ',',
  '=',
  '-',
  '.',
  '"',
  '\\',
  '\t',
  ' ',
  '\n',
  'é',
  '\0',
];
const GROWTH = [
  'torch.add(x, x)',
  '[x, x]',
  '(x, x)',
  'torch.cat([x, x], 0)',
  'torch.cat([x, x], 2)',
  'torch.unsqueeze(x, 0)',
  'torch.transpose(x, 1, 2)',
  'torch.matmul(x, x)',
  'torch.repeat(x, [2, 1, 1])',
  'torch.chunk(x, 2, 1)',
  'torch.slice(x, 2, 1)',
  'torch.pad(x, [1, 1])',
  'torch.format("{}{}", x, x)',
  'torch.append(x, x)',
  'torch.fft_rfft(x)',
  'torch.copy_(x, torch.tanh(x))',
];
const KEYWORDS = [
  'if',
  'else',
  'for',
  'while',
  'return',
  'pass',
  'def',
  'class',
  'with',
  'in',
  'None',
  'inf',
];

/** @param words Names from this and other files, to put in the place of others. */
export function mutateText(text: string, random: Random, words: readonly string[]): string {
  let result = text;
  for (let change = random.changes(); change > 0; change--) result = changeOnce(result, random, words);
  return result;
}

/** The names that a text uses: operators, types, methods, variables. */
export function wordsOf(text: string): string[] {
  return [...new Set(text.match(/[A-Za-z_][A-Za-z_0-9.]*/g) ?? [])];
}

function changeOnce(text: string, random: Random, words: readonly string[]): string {
  return random.chance(0.4) ? changeLines(text, random) : changeToken(text, random, words);
}

function changeLines(text: string, random: Random): string {
  const lines = text.split('\n');
  const at = random.int(lines.length);
  const line = lines[at]!;
  const indent = /^ */.exec(line)![0];
  switch (random.int(9)) {
    case 0:
      lines.splice(at, random.small(4));
      break;
    case 1:
      lines.splice(at, 0, ...Array<string>(random.small(100)).fill(line));
      break;
    case 2:
      lines.splice(random.int(lines.length), 0, ...lines.splice(at, random.small(4)));
      break;
    case 3:
      lines[at] = ' '.repeat(random.int(8)) + line.trimStart();
      break;
    case 4:
      lines.splice(at, 1, `${indent}while True:`, `  ${line}`);
      break;
    case 5:
      lines.splice(at, 1, `${indent}for i in range(${random.pick(INTERESTING)}):`, `  ${line}`);
      break;
    case 6:
      lines.splice(at, 0, ...nestedBlocks(indent, random));
      break;
    case 7:
      lines.splice(at + 1, 0, ...growth(line, indent, random));
      break;
    default:
      lines.splice(at, 0, `${indent}${random.pick(lines).trimStart()}`);
  }
  return lines.join('\n');
}

/** A loop that makes what the line has assigned larger and larger. */
function growth(line: string, indent: string, random: Random): string[] {
  const name = /^\s*(\w+) =/.exec(line)?.[1] ?? 'x';
  const grown = random.pick(GROWTH).replaceAll('x', name);
  return [`${indent}for i in range(${random.pick([10, 60, 1000, 9000])}):`, `${indent}  ${name} = ${grown}`];
}

function nestedBlocks(indent: string, random: Random): string[] {
  const depth = random.small(200);
  const blocks = Array.from({ length: depth }, (_, level) => `${indent}${'  '.repeat(level)}if True:`);
  return [...blocks, `${indent}${'  '.repeat(depth)}pass`];
}

function changeToken(text: string, random: Random, words: readonly string[]): string {
  const tokens = [...text.matchAll(TOKEN)];
  if (tokens.length === 0) return random.pick(ODD_TOKENS);
  const { 0: token, index } = random.pick(tokens);
  const before = text.slice(0, index);
  const after = text.slice(index + token.length);
  const put = (replacement: string): string => before + replacement + after;
  if (/^\d/.test(token) && random.chance(0.8)) return put(number(random));
  switch (random.int(8)) {
    case 0:
      return put('');
    case 1:
      return put(`${token}${random.pick([',', '.', ' ', ''])}${token}`);
    case 2:
      return put(random.pick(ODD_TOKENS));
    case 3:
      return put(random.pick(KEYWORDS));
    case 4:
      return put(random.pick(tokens)[0]);
    case 5: {
      const depth = random.small(2000);
      const [open, close] = random.pick([
        ['(', ')'],
        ['[', ']'],
        ['f(', ')'],
        ['{0: ', '}'],
        ['', '.a'],
      ]);
      return put(`${open.repeat(depth)}${token}${close.repeat(depth)}`);
    }
    default:
      return put(words.length > 0 ? random.pick(words) : random.pick(tokens)[0]);
  }
}

function number(random: Random): string {
  return random.chance(0.8)
    ? String(random.pick(INTERESTING))
    : random.pick([
        '0.',
        '-0.',
        '1e308',
        '1e999',
        '-inf',
        'nan',
        '9223372036854775807',
        '99999999999999999999',
        '1.j',
      ]);
}
