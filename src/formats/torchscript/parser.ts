/**
 * Reads one file of a TorchScript archive's `code/` folder into the syntax tree of `ast.ts`: its classes and functions.
 * Not an interpreter: names mean nothing here. What PyTorch's serializer does not write is refused with file and line;
 * time and memory are linear in the text, depth is bounded. Used by the tracer.
 */

import type {
  ClassDefinition,
  Expression,
  FunctionDefinition,
  Parameter,
  SourceFile,
  Statement,
  TypeExpression,
} from './ast.js';
import { ExpressionParser } from './expression-parser.js';
import { Tokens, unreadable } from './lexer.js';

/** Lines of a class that concern only training or PyTorch's own loader. */
const IGNORED_LISTS: ReadonlySet<string> = new Set([
  '__annotations__',
  '__forward_hooks__',
  '__forward_pre_hooks__',
]);

/**
 * @param text One `.py` entry of the archive.
 * @param file Its name, for messages: `code/__torch__/rave/blocks.py`.
 * @throws PluginError `model/unreadable`, with file and line, for anything that PyTorch would not have written.
 * Thread: any but audio.
 */
export function parseSource(text: string, file: string): SourceFile {
  return new Parser(new Tokens(text, file)).readFile();
}

class Parser {
  private readonly tokens: Tokens;
  private readonly expressions: ExpressionParser;

  constructor(tokens: Tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  readFile(): SourceFile {
    const classes = new Map<string, ClassDefinition>();
    const functions = new Map<string, FunctionDefinition>();
    while (this.tokens.current.kind !== 'end') {
      if (this.tokens.at('class')) this.declare(classes, this.readClass());
      else if (this.tokens.at('def')) this.declare(functions, this.readFunction());
      else throw this.tokens.unexpected('a class or a function');
    }
    return { classes, functions };
  }

  private declare<T extends ClassDefinition | FunctionDefinition>(into: Map<string, T>, definition: T): void {
    if (into.has(definition.name)) throw unreadable(definition.place, `${definition.name} is there twice`);
    into.set(definition.name, definition);
  }

  private readClass(): ClassDefinition {
    const { tokens } = this;
    const { place } = tokens.current;
    tokens.expect('class');
    const name = this.expressions.readName();
    let base: string | null = null;
    if (tokens.accept('(')) {
      base = this.expressions.readName();
      tokens.expect(')');
    }
    const definition = {
      name,
      base,
      parameterNames: [] as readonly string[],
      bufferNames: [] as readonly string[],
      attributes: new Map<string, TypeExpression>(),
      constants: new Map<string, Expression>(),
      methods: new Map<string, FunctionDefinition>(),
      place,
    };
    tokens.expect(':');
    this.expectLineEnd();
    // A class without attributes and methods has no lines.
    if (tokens.current.kind === 'indent') {
      this.readIndented(() => {
        if (tokens.at('def')) this.declare(definition.methods, this.readFunction());
        else this.readClassLine(definition);
      });
    }
    return definition;
  }

  /** `name : T`, `name : Final[T] = value`, `__buffers__ = ["a", ]`, `__annotations__["0"] = T`, `RED = 1`, `pass`. */
  private readClassLine(definition: {
    parameterNames: readonly string[];
    bufferNames: readonly string[];
    readonly attributes: Map<string, TypeExpression>;
    readonly constants: Map<string, Expression>;
  }): void {
    const { tokens, expressions } = this;
    if (!tokens.accept('pass')) {
      const name = expressions.readName();
      if (name === '__annotations__' && tokens.accept('[')) {
        const attribute = tokens.expectKind('string', 'a name in quotes').text;
        tokens.expect(']');
        tokens.expect('=');
        definition.attributes.set(attribute, expressions.readType());
      } else if (tokens.accept(':')) {
        const type = expressions.readType();
        const value = tokens.accept('=') ? expressions.readExpression() : null;
        // The default of a NamedTuple's field is dropped: PyTorch writes all arguments where it makes one.
        if (type.name === 'Final' && value) definition.constants.set(name, value);
        else definition.attributes.set(name, type);
      } else {
        tokens.expect('=');
        const value = expressions.readExpression();
        if (name === '__parameters__') definition.parameterNames = strings(value);
        else if (name === '__buffers__') definition.bufferNames = strings(value);
        else if (!IGNORED_LISTS.has(name)) definition.constants.set(name, value);
      }
    }
    this.expectLineEnd();
  }

  private readFunction(): FunctionDefinition {
    const { tokens, expressions } = this;
    const { place } = tokens.current;
    tokens.expect('def');
    const name = expressions.readName();
    const parameters: Parameter[] = [];
    tokens.expect('(');
    while (!tokens.at(')')) {
      parameters.push({
        name: expressions.readName(),
        type: tokens.accept(':') ? expressions.readType() : null,
        defaultValue: tokens.accept('=') ? expressions.readExpression() : null,
      });
      if (!tokens.accept(',')) break;
    }
    tokens.expect(')');
    const returns = tokens.accept('->') ? expressions.readType() : null;
    return { name, parameters, returns, body: this.readBlock(), place };
  }

  /** A colon and the lines that belong to it. */
  private readBlock(into: Statement[] = []): Statement[] {
    this.tokens.expect(':');
    this.expectLineEnd();
    this.readIndented(() => this.readStatement(into));
    return into;
  }

  private readIndented(readLine: () => void): void {
    const { tokens } = this;
    tokens.expectKind('indent', 'an indented line');
    tokens.enter();
    while (tokens.current.kind !== 'dedent') readLine();
    tokens.leave();
    tokens.advance();
  }

  private expectLineEnd(): void {
    this.tokens.expectKind('newline', 'the end of the line');
  }

  private readStatement(into: Statement[]): void {
    const { tokens, expressions } = this;
    const { place } = tokens.current;
    if (tokens.accept('if')) {
      const condition = expressions.readExpression();
      const then = this.readBlock();
      into.push({
        kind: 'if',
        condition,
        then,
        otherwise: tokens.accept('else') ? this.readBlock() : [],
        place,
      });
    } else if (tokens.accept('for')) {
      const name = expressions.readName();
      tokens.expect('in');
      into.push({ kind: 'for', name, over: expressions.readExpression(), body: this.readBlock(), place });
    } else if (tokens.accept('while')) {
      into.push({ kind: 'while', condition: expressions.readExpression(), body: this.readBlock(), place });
    } else if (tokens.at('with')) this.readWith(into);
    // The body of a fork. It stays out of the tree: whoever comes to its call, `fork(…)`, can only refuse that.
    else if (tokens.at('def')) this.readFunction();
    else {
      into.push(this.readSimpleStatement());
      this.expectLineEnd();
    }
  }

  private readSimpleStatement(): Statement {
    const { tokens, expressions } = this;
    const { place } = tokens.current;
    if (tokens.accept('pass')) return { kind: 'pass', place };
    if (tokens.accept('return')) {
      const bare = tokens.current.kind === 'newline';
      return { kind: 'return', value: bare ? null : expressions.readExpressions(), place };
    }
    const value = expressions.readExpressions();
    const type = tokens.accept(':') ? expressions.readType() : null;
    if (type === null && !tokens.at('=')) return { kind: 'expression', value, place };
    tokens.expect('=');
    return {
      kind: 'assign',
      target: expressions.toTarget(value),
      type,
      value: expressions.readExpressions(),
      place,
    };
  }

  /** `with _0:` (of `torch.no_grad()` and the like) is written out: `_0.__enter__()`, the lines, `_0.__exit__(…)`. */
  private readWith(into: Statement[]): void {
    const { tokens, expressions } = this;
    const { place } = tokens.current;
    tokens.expect('with');
    const manager: Expression = { kind: 'name', name: expressions.readName(), place };
    const call = (name: string, positional: readonly Expression[]): Expression => ({
      kind: 'call',
      callee: { kind: 'attribute', of: manager, name, place },
      positional,
      keywords: [],
      place,
    });
    const entered = call('__enter__', []);
    if (tokens.accept('as')) {
      const target: Expression = { kind: 'name', name: expressions.readName(), place };
      into.push({ kind: 'assign', target, type: null, value: entered, place });
    } else into.push({ kind: 'expression', value: entered, place });
    this.readBlock(into);
    const none: Expression = { kind: 'none', place };
    into.push({ kind: 'expression', value: call('__exit__', [none, none, none]), place });
  }
}

function strings(value: Expression): string[] {
  if (value.kind !== 'list') throw unreadable(value.place, 'expected a list of names');
  return value.items.map((item) => {
    if (item.kind !== 'string') throw unreadable(item.place, 'expected a name in quotes');
    return item.value;
  });
}
