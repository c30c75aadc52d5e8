import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PluginError } from '../../shared/errors.js';
import { openArchive } from '../archive/index.js';
import type { Expression, SourceFile, Statement } from './ast.js';
import { MAX_NESTING, MAX_SOURCE_LENGTH } from './lexer.js';
import { parseSource } from './parser.js';

const FILE = 'code/__torch__/own.py';

function parse(text: string): SourceFile {
  return parseSource(text, FILE);
}

/** The lines of a function that has nothing else. */
function statements(...lines: readonly string[]): readonly Statement[] {
  const source = `def f(x: Tensor) -> Tensor:\n${lines.map((line) => `  ${line}\n`).join('')}`;
  return parse(source).functions.get('f')?.body ?? [];
}

/** `text` as the value that a function returns, without the places. */
function value(text: string): unknown {
  const [statement] = statements(`return ${text}`);
  if (statement?.kind !== 'return' || !statement.value) throw new Error('not read as a return');
  return bare(statement.value);
}

function bare(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(bare);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([key]) => key !== 'place')
      .map(([key, child]) => [key, bare(child)]),
  );
}

function refusal(text: string): PluginError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error('the text was read');
}

const name = (text: string): unknown => ({ kind: 'name', name: text });
const int = (number: number): unknown => ({ kind: 'int', value: number });
const float = (number: number): unknown => ({ kind: 'float', value: number });
const type = (text: string, ...parameters: unknown[]): unknown => ({ name: text, parameters });

describe('literals', () => {
  it.each([
    ['None', { kind: 'none' }],
    ['True', { kind: 'bool', value: true }],
    ['False', { kind: 'bool', value: false }],
    ['12', int(12)],
    ['-1', int(-1)],
    ['-0', int(0)],
    ['0.', float(0)],
    ['-0.', float(-0)],
    ['1.0000000000000001e-05', float(1e-5)],
    ['1e300', float(1e300)],
    ['-inf', float(-Infinity)],
    ['nan', float(NaN)],
    // Largest int of TorchScript: an open end of a slice.
    ['9223372036854775807', int(2 ** 63)],
    ['[1, -2, 3.5]', { kind: 'list', items: [int(1), int(-2), float(3.5)] }],
    ['[]', { kind: 'list', items: [] }],
    ['()', { kind: 'tuple', items: [] }],
    ['(1,)', { kind: 'tuple', items: [int(1)] }],
    ['(1)', int(1)],
    ['1, 2', { kind: 'tuple', items: [int(1), int(2)] }],
    [
      '{"a": 1, "b": {}, }',
      {
        kind: 'dict',
        entries: [
          { key: { kind: 'string', value: 'a' }, value: int(1) },
          { key: { kind: 'string', value: 'b' }, value: { kind: 'dict', entries: [] } },
        ],
      },
    ],
  ])('reads %s', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  it('reads every escape that the serializer writes', () => {
    expect(value(String.raw`"tab\tcr\r\a\b\f\v\'\"\\ nul\000 del\177 esc\033[0m 'é'"`)).toEqual({
      kind: 'string',
      value: "tab\tcr\r\x07\b\f\v'\"\\ nul\0 del\x7f esc\x1b[0m 'é'",
    });
  });

  it('reads any text back that is written with these escapes', () => {
    const escape = (text: string): string =>
      text.replace(/[\\"]|[^ -~]/g, (character) =>
        character.length > 1 || character.charCodeAt(0) > 0xff
          ? character
          : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
      );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(value(`"${escape(text)}"`)).toEqual({ kind: 'string', value: text });
      }),
      { seed: 1 },
    );
  });

  it('reads every double back from its shortest form', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (number) => {
        const text = Number.isFinite(number) ? number.toExponential() : `${number < 0 ? '-' : ''}inf`;
        expect(value(Object.is(number, -0) ? '-0.' : text)).toEqual(float(number));
      }),
      { seed: 1 },
    );
  });

  it('reads a complex number as the call that makes it', () => {
    const call = (real: number, imaginary: number): unknown => ({
      kind: 'call',
      callee: name('complex'),
      positional: [float(real), float(imaginary)],
      keywords: [],
    });
    expect(value('1.5+2.j')).toEqual(call(1.5, 2));
    expect(value('-1.-1.j')).toEqual(call(-1, -1));
    expect(value('3.j')).toEqual(call(0, 3));
  });
});

describe('what is done to values', () => {
  it('reads calls with trailing commas, named arguments and what follows them', () => {
    expect(value('((self.a).f(x, n=-1, ))[0].b')).toEqual({
      kind: 'attribute',
      name: 'b',
      of: {
        kind: 'index',
        index: int(0),
        of: {
          kind: 'call',
          callee: { kind: 'attribute', name: 'f', of: { kind: 'attribute', name: 'a', of: name('self') } },
          positional: [name('x')],
          keywords: [{ name: 'n', value: int(-1) }],
        },
      },
    });
  });

  it('reads the forms that name a type', () => {
    expect(value('annotate(List[Optional[__torch__.a.B]], [])')).toEqual({
      kind: 'annotate',
      type: type('List', type('Optional', type('__torch__.a.B'))),
      value: { kind: 'list', items: [] },
    });
    expect(value('unchecked_cast(Tuple[()], x)')).toEqual({
      kind: 'unchecked_cast',
      type: type('Tuple'),
      value: name('x'),
    });
    expect(value('uninitialized(Dict[str, int])')).toEqual({
      kind: 'uninitialized',
      type: type('Dict', type('str'), type('int')),
    });
    const isinstance = (...types: unknown[]): unknown => ({ kind: 'isinstance', value: name('x'), types });
    expect(value('isinstance(x, int)')).toEqual(isinstance(type('int')));
    expect(value('isinstance(x, (str, List[int]))')).toEqual(
      isinstance(type('str'), type('List', type('int'))),
    );
    expect(value('isinstance(x, [str, float])')).toEqual(isinstance(type('str'), type('float')));
  });

  it('says of each expression on which line it stands, also within brackets', () => {
    const [statement] = statements('y = torch.add(x,', '  1)', 'return y');
    if (statement?.kind !== 'assign' || statement.value.kind !== 'call')
      throw new Error('not read as a call');
    expect(statement.place).toEqual({ file: FILE, line: 2 });
    expect(statement.value.positional.map((argument) => argument.place.line)).toEqual([2, 3]);
  });
});

describe('statements', () => {
  const kinds = (body: readonly Statement[]): unknown => body.map(({ kind }) => kind);

  it('reads assignments to names, attributes, elements and several of them', () => {
    const read = statements(
      'a = x',
      'b : Optional[Tensor] = None',
      'self.c = x',
      'd[0] = x',
      'e, f, = g(x, )',
      'h, i = 1, 2',
      'j, = k',
    );
    const targets = read.map((statement) => statement.kind === 'assign' && bare(statement.target));
    expect(targets).toEqual([
      name('a'),
      name('b'),
      { kind: 'attribute', of: name('self'), name: 'c' },
      { kind: 'index', of: name('d'), index: int(0) },
      { kind: 'tuple', items: [name('e'), name('f')] },
      { kind: 'tuple', items: [name('h'), name('i')] },
      { kind: 'tuple', items: [name('j')] },
    ]);
    expect(read[1]).toMatchObject({ type: type('Optional', type('Tensor')) });
    expect(read[5]).toMatchObject({ value: { kind: 'tuple' } });
  });

  it('reads blocks within blocks, and what follows them', () => {
    const read = statements(
      'if a:',
      '  for i in range(3):',
      '    while torch.lt(i, n):',
      '      print(i)',
      '    pass',
      'else:',
      '',
      '  # nothing to do',
      '  pass',
      'if b:',
      '  return',
      'return x',
    );
    expect(kinds(read)).toEqual(['if', 'if', 'return']);
    const [first, second] = read;
    if (first?.kind !== 'if' || second?.kind !== 'if') throw new Error('not read as branches');
    const [loop] = first.then;
    if (loop?.kind !== 'for') throw new Error('not read as a loop');
    expect(loop.name).toBe('i');
    expect(kinds(loop.body)).toEqual(['while', 'pass']);
    expect(kinds(first.otherwise)).toEqual(['pass']);
    expect(second.then).toMatchObject([{ kind: 'return', value: null }]);
    expect(second.otherwise).toEqual([]);
  });

  it('writes a context manager out as the calls that it means', () => {
    const call = (method: string, arguments_: unknown[]): unknown => ({
      kind: 'call',
      callee: { kind: 'attribute', of: name('_0'), name: method },
      positional: arguments_,
      keywords: [],
    });
    const none = { kind: 'none' };
    const [enter, inside, exit] = bare(statements('with _0 as y:', '  z = y', 'return x')) as unknown[];
    expect(enter).toEqual({ kind: 'assign', target: name('y'), type: null, value: call('__enter__', []) });
    expect(inside).toMatchObject({ kind: 'assign', target: name('z') });
    expect(exit).toEqual({ kind: 'expression', value: call('__exit__', [none, none, none]) });
  });

  it('leaves the body of a fork out, so that a model is refused only where it forks', () => {
    expect(kinds(statements('def forked():', '  return 1', 'f = fork(forked)'))).toEqual(['assign']);
  });
});

describe('classes and functions', () => {
  const source = `class Noise(Module):
  __parameters__ = ["weight", ]
  __buffers__ = ["größe", "0", ]
  __annotations__ = []
  __annotations__["größe"] = Tensor
  __annotations__["0"] = __torch__.own.___torch_mangle_3.Layer
  weight : Tensor
  rate : Optional[int]
  stride : Final[Tuple[int]] = (4,)
  mode : Final[str] = CONSTANTS.c0
  def forward(self: __torch__.own.Noise,
    x: Tensor,
    flag: bool=False,
    scale: float=-1.0000000000000001e-05) -> Tuple[Tensor, int]:
    return (x, 1)
  def f(self) -> NoneType:
    return None
class Pair(NamedTuple):
  a : Tensor
  b : int = 3
class Plain:
  n : int
class Empty:
class Colour(Enum):
  RED = 1
  BLUE = 2
class Layer(ModuleInterface):
  def forward(self, x: Tensor) -> Tensor:
    pass
def helper(x: Tensor) -> Tensor:
  return x
`;
  const file = parse(source);

  it('lists them in the order of the file', () => {
    expect([...file.classes].map(([, { name: own, base }]) => [own, base])).toEqual([
      ['Noise', 'Module'],
      ['Pair', 'NamedTuple'],
      ['Plain', null],
      ['Empty', null],
      ['Colour', 'Enum'],
      ['Layer', 'ModuleInterface'],
    ]);
    expect([...file.functions.keys()]).toEqual(['helper']);
  });

  it('reads parameters, buffers, attributes and constants', () => {
    const noise = file.classes.get('Noise');
    expect(noise?.parameterNames).toEqual(['weight']);
    expect(noise?.bufferNames).toEqual(['größe', '0']);
    expect([...(noise?.attributes ?? [])]).toEqual([
      ['größe', type('Tensor')],
      ['0', type('__torch__.own.___torch_mangle_3.Layer')],
      ['weight', type('Tensor')],
      ['rate', type('Optional', type('int'))],
    ]);
    expect([...(noise?.constants ?? [])].map(([key, constant]) => [key, bare(constant)])).toEqual([
      ['stride', { kind: 'tuple', items: [int(4)] }],
      ['mode', { kind: 'attribute', of: name('CONSTANTS'), name: 'c0' }],
    ]);
    expect([...(file.classes.get('Pair')?.attributes.keys() ?? [])]).toEqual(['a', 'b']);
    expect([...(file.classes.get('Colour')?.constants.keys() ?? [])]).toEqual(['RED', 'BLUE']);
  });

  it('reads signatures with defaults', () => {
    const methods = file.classes.get('Noise')?.methods;
    const forward = methods?.get('forward');
    expect(bare(forward?.parameters)).toEqual([
      { name: 'self', type: type('__torch__.own.Noise'), defaultValue: null },
      { name: 'x', type: type('Tensor'), defaultValue: null },
      { name: 'flag', type: type('bool'), defaultValue: { kind: 'bool', value: false } },
      { name: 'scale', type: type('float'), defaultValue: float(-1e-5) },
    ]);
    expect(forward?.returns).toEqual(type('Tuple', type('Tensor'), type('int')));
    expect(forward?.place.line).toBe(11);
    expect(methods?.get('f')?.parameters).toEqual([{ name: 'self', type: null, defaultValue: null }]);
  });

  it('reads a file that ends without a line end, and an empty one', () => {
    expect(parse(source.trimEnd())).toEqual(file);
    expect(parse('')).toEqual({ classes: new Map(), functions: new Map() });
  });
});

describe('what is refused', () => {
  const inFunction = (line: string): string => `def f(x: Tensor) -> Tensor:\n  ${line}\n`;

  it.each([
    ['an import', 'import torch\n', 1, 'expected a class or a function, found "import"'],
    ['a statement outside of functions', 'x = 1\n', 1, 'expected a class or a function, found "x"'],
    ['an operator', inFunction('return x + y'), 2, 'expected the end of the line, found "+"'],
    ['an operator after a number', inFunction('return 1 - 2'), 2, 'an operator between values'],
    [
      'a conditional expression',
      inFunction('return x if y else z'),
      2,
      'expected the end of the line, found "if"',
    ],
    ['a slice', inFunction('return x[1:2]'), 2, 'expected "]", found ":"'],
    ['a lambda', inFunction('return lambda: x'), 2, '"lambda" is no name'],
    ['a minus before a value', inFunction('return -x'), 2, 'expected a number after the sign, found "x"'],
    ['an unpacked argument', inFunction('return f(*x)'), 2, 'expected a value, found "*"'],
    [
      'a plain argument after a named one',
      inFunction('return f(a=1, x)'),
      2,
      'a plain argument after a named one',
    ],
    ['a deletion', inFunction('del x'), 2, '"del" is no name'],
    ['an assignment to a call', inFunction('f(x) = 1'), 2, 'this cannot be assigned to'],
    ['a type without a value', inFunction('y : int'), 2, 'expected "=", found the end of the line'],
    ['a block on one line', inFunction('if x: pass'), 2, 'expected the end of the line, found "pass"'],
    ['a block without lines', inFunction('if x:'), 3, 'expected an indented line, found a line further left'],
    [
      'a dedent to nowhere',
      `${inFunction('if x:')}     pass\n   pass\n`,
      4,
      '3 spaces of indent belong to no block',
    ],
    ['a tab', 'class A:\n\tx : int\n', 2, 'a stray "\\t"'],
    [
      'an int of more than 64 bits',
      inFunction('return 9223372036854775809000'),
      2,
      '9223372036854775809000 has more than 64 bits',
    ],
    ['a number that runs into a word', inFunction('return 12ab'), 2, 'a number that runs into a word'],
    ['an exponent without digits', inFunction('return 1e+'), 2, 'an exponent without digits'],
    ['a text that never ends', inFunction('return "abc'), 2, 'a text that never ends'],
    ['an unknown escape', inFunction('return "\\q"'), 2, 'an unknown escape \\q'],
    ['a bracket that is never closed', inFunction('return (1,'), 3, 'a bracket is never closed'],
    ['a bracket that closes nothing', inFunction('return x)'), 2, '")" closes nothing'],
    ['a class that is there twice', 'class A:\nclass A:\n', 2, 'A is there twice'],
    [
      'a method that is there twice',
      'class A:\n  def f():\n    pass\n  def f():\n    pass\n',
      4,
      'f is there twice',
    ],
    ['buffers that are no list', 'class A:\n  __buffers__ = 1\n', 2, 'expected a list of names'],
    ['buffers that are no names', 'class A:\n  __buffers__ = [1]\n', 2, 'expected a name in quotes'],
  ])('is %s, with its place', (_, text, line, finding) => {
    const error = refusal(text);
    expect(error.code).toBe('model/unreadable');
    expect(error.details).toEqual([`${FILE}:${line}: ${finding}`]);
    expect(error.message).toContain(`(${FILE}, line ${line})`);
  });
});

describe('texts made to exhaust', () => {
  const inFunction = (expression: string): string => `def f(x: Tensor) -> Tensor:\n  return ${expression}\n`;
  const many = 100_000;

  it.each([
    ['round brackets', inFunction('('.repeat(many))],
    ['square brackets', inFunction('['.repeat(many))],
    ['curly brackets', inFunction('{0:'.repeat(many))],
    ['calls of calls', inFunction(`f${'(0)'.repeat(many)}`)],
    ['calls in calls', inFunction('f('.repeat(many))],
    ['attributes', inFunction(`x${'.a'.repeat(many)}`)],
    ['elements', inFunction(`x${'[0]'.repeat(many)}`)],
    ['elements of elements', inFunction('x['.repeat(many))],
    // Each level is within the bound, the tree would not be.
    ['chains in chains', inFunction(`${'f('.repeat(60)}x${')'.repeat(60)}${'.a'.repeat(60)}`)],
    ['lists in chains', inFunction(`${'['.repeat(60)}${']'.repeat(60)}${'.a'.repeat(60)}`)],
    ['tuples in chains', inFunction(`${'('.repeat(60)}x${',)'.repeat(60)}${'.a'.repeat(60)}`)],
    ['casts in chains', inFunction(`${'annotate(int, '.repeat(60)}x${')'.repeat(60)}${'.a'.repeat(60)}`)],
    ['casts', inFunction('annotate(int, '.repeat(many))],
    ['types', inFunction(`annotate(${'List['.repeat(many)}`)],
    [
      'blocks',
      `def f():\n${Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth + 1)}if x:\n`).join('')}`,
    ],
    ['functions', Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}def f():\n`).join('')],
  ])('are refused for nesting: %s', (_, text) => {
    expect(refusal(text).details[0]).toMatch(new RegExp(`nested more than ${MAX_NESTING} deep$`));
  });

  it('read trees up to the bound, which no walk over them can exhaust', () => {
    const height = (tree: Expression): number =>
      tree.kind === 'call' ? 1 + height(tree.callee) : tree.kind === 'attribute' ? 1 + height(tree.of) : 0;
    const [statement] = statements(`return x${'.a()'.repeat(MAX_NESTING / 2)}`);
    if (statement?.kind !== 'return' || !statement.value) throw new Error('not read as a return');
    expect(height(statement.value)).toBe(MAX_NESTING);
    expect(() => statements(`return x${'.a()'.repeat(MAX_NESTING / 2)}.a`)).toThrow(PluginError);
  });

  it('read a hundred thousand items, arguments, lines and comments without recursion', () => {
    expect(value(`[${'0, '.repeat(many)}]`)).toMatchObject({ items: { length: many } });
    expect(value(`f(${'0, '.repeat(many)})`)).toMatchObject({ positional: { length: many } });
    const lines: string[] = Array<string>(many).fill('  pass');
    expect(statements('with _0:', ...lines)).toHaveLength(many + 2);
    expect(value(`(${'# nothing\n'.repeat(many)}1)`)).toEqual(int(1));
    expect(
      parse(`class A:\n  __buffers__ = [${'"a", '.repeat(many)}]\n`).classes.get('A')?.bufferNames,
    ).toHaveLength(many);
  });

  it('are refused when they are too long, before they are read', () => {
    expect(refusal(' '.repeat(MAX_SOURCE_LENGTH + 1)).details[0]).toContain('characters; at most');
  });
});

/** Every archive of a folder and the text of every file of code in it. */
function* sources(folder: string): Generator<readonly [string, string]> {
  for (const archiveName of readdirSync(folder).filter((file) => /\.(ts|torchscript)$/.test(file))) {
    const archive = openArchive(readFileSync(join(folder, archiveName)));
    for (const file of archive.names) {
      if (!file.startsWith('code/') || !file.endsWith('.py')) continue;
      yield [`${archiveName}/${file}`, new TextDecoder().decode(archive.read(file))];
    }
  }
}

describe('what PyTorch wrote', () => {
  const oracle = process.env['RAVE_ORACLE'] ?? '';

  it('is read without exception: the models of test/fixtures', () => {
    const read = [...sources('test/fixtures/torchscript')].map(([file, text]) => parseSource(text, file));
    expect(read.length).toBeGreaterThan(20);
  });

  it.skipIf(!existsSync(oracle))('is read without exception: archives of RAVE (RAVE_ORACLE=folder)', () => {
    const read = [...sources(oracle)].map(([file, text]) => parseSource(text, file));
    expect(read.length).toBeGreaterThan(1000);
  });
});
