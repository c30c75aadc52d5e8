/**
 * Reads expressions and types of TorchScript source by recursive descent, a method for each form.
 * Not statements or classes (`parser.ts`). Operators between values, slices, lambdas and conditional expressions are
 * refused: PyTorch 1.13 and 2.13 write calls in their place. The height of every tree is bounded, chains included,
 * so that whoever walks it may recurse.
 */

import type { Expression, Place, Target, TypeExpression } from './ast.js';
import { type Tokens, unreadable } from './lexer.js';

/** Words that are no names of values. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'and as assert async await break class continue def del elif else except finally for from global if import in ' +
    'is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);
const NOT_FINITE: Readonly<Record<string, number>> = { inf: Infinity, nan: NaN };
/** TorchScript's int has 64 bits. */
const LARGEST_INT = 2 ** 63;

export class ExpressionParser {
  readonly tokens: Tokens;
  /** Height of the tree that was read last. */
  private height = 0;

  constructor(tokens: Tokens) {
    this.tokens = tokens;
  }

  /** One expression, or several with commas between: a tuple without brackets. */
  readExpressions(): Expression {
    const { place } = this.tokens.current;
    const first = this.readExpression();
    if (!this.tokens.at(',')) return first;
    const items = [first];
    while (this.tokens.accept(',') && !this.tokens.at('=') && this.tokens.current.kind !== 'newline') {
      items.push(this.readExpression());
    }
    return { kind: 'tuple', items, place };
  }

  /** A value and what is done to it: `(self.a).f(x, )[0]`. */
  readExpression(): Expression {
    const { tokens } = this;
    tokens.enter();
    let value = this.readAtom();
    let { height } = this;
    for (;;) {
      const { place } = tokens.current;
      this.height = 0;
      if (tokens.accept('.')) value = { kind: 'attribute', of: value, name: this.readName(), place };
      else if (tokens.accept('(')) value = { kind: 'call', callee: value, ...this.readArguments(), place };
      else if (tokens.accept('[')) {
        value = { kind: 'index', of: value, index: this.readExpression(), place };
        tokens.expect(']');
      } else break;
      height = Math.max(height, this.height) + 1;
      tokens.refuseHeight(height);
    }
    this.height = height;
    tokens.leave();
    return value;
  }

  /** `Tensor`, `Optional[List[int]]`, `__torch__.rave.Snake`, `Tuple[()]`. */
  readType(): TypeExpression {
    const { tokens } = this;
    tokens.enter();
    const parts = [this.readName()];
    while (tokens.accept('.')) parts.push(this.readName());
    const parameters: TypeExpression[] = [];
    if (tokens.accept('[')) {
      if (tokens.accept('(')) tokens.expect(')');
      else this.readItems(']', () => parameters.push(this.readType()));
      tokens.expect(']');
    }
    tokens.leave();
    return { name: parts.join('.'), parameters };
  }

  readName(): string {
    const { text, place } = this.tokens.expectKind('name', 'a name');
    if (RESERVED.has(text)) throw unreadable(place, `"${text}" is no name`);
    return text;
  }

  /** What may stand left of `=`. */
  toTarget(value: Expression): Target {
    if (value.kind === 'name' || value.kind === 'attribute' || value.kind === 'index') return value;
    if (value.kind !== 'tuple') throw unreadable(value.place, 'this cannot be assigned to');
    value.items.forEach((item) => this.toTarget(item));
    return value;
  }

  private readAtom(): Expression {
    const { tokens } = this;
    const { kind, text, place } = tokens.current;
    this.height = 0;
    if (kind === 'name') return this.readWord();
    if (kind === 'string') {
      tokens.advance();
      return { kind: 'string', value: text, place };
    }
    if (kind === 'int' || kind === 'float' || kind === 'imaginary' || tokens.at('-'))
      return this.readNumber();
    if (tokens.accept('(')) return this.readParentheses(place);
    if (tokens.accept('[')) return { kind: 'list', items: this.readList(']'), place };
    if (tokens.accept('{')) return this.readDict(place);
    throw tokens.unexpected('a value');
  }

  private readWord(): Expression {
    const { tokens } = this;
    const { place } = tokens.current;
    const name = this.readName();
    if (name === 'None') return { kind: 'none', place };
    if (name === 'True' || name === 'False') return { kind: 'bool', value: name === 'True', place };
    const notFinite = Object.hasOwn(NOT_FINITE, name) ? NOT_FINITE[name] : undefined;
    if (notFinite !== undefined) return { kind: 'float', value: notFinite, place };
    if (tokens.at('(')) {
      const form = this.readTypeForm(name, place);
      if (form) return form;
    }
    return { kind: 'name', name, place };
  }

  /** The calls that name a type among their arguments; null for any other call. */
  private readTypeForm(name: string, place: Place): Expression | null {
    switch (name) {
      case 'annotate':
      case 'unchecked_cast': {
        this.tokens.expect('(');
        const type = this.readType();
        this.tokens.expect(',');
        const value = this.readExpression();
        this.closeForm();
        return name === 'annotate' ? { kind: name, type, value, place } : { kind: name, type, value, place };
      }
      case 'uninitialized': {
        this.tokens.expect('(');
        const type = this.readType();
        this.closeForm();
        return { kind: name, type, place };
      }
      case 'isinstance': {
        this.tokens.expect('(');
        const value = this.readExpression();
        this.tokens.expect(',');
        const types = this.readTypes();
        this.closeForm();
        return { kind: name, value, types, place };
      }
      default:
        return null;
    }
  }

  private closeForm(): void {
    this.height += 1;
    this.tokens.refuseHeight(this.height);
    this.tokens.accept(',');
    this.tokens.expect(')');
  }

  private readTypes(): readonly TypeExpression[] {
    const close = this.tokens.accept('(') ? ')' : this.tokens.accept('[') ? ']' : null;
    if (close === null) return [this.readType()];
    const types: TypeExpression[] = [];
    this.readItems(close, () => types.push(this.readType()));
    this.tokens.expect(close);
    return types;
  }

  /** A literal with its sign. Complex ones, `1.-2.j`, become a call: `complex(1., -2.)`. */
  private readNumber(): Expression {
    const { place } = this.tokens.current;
    const first = this.readSigned();
    if (first.kind === 'imaginary') return complex(place, 0, first.value);
    const { kind, value } = first;
    if (this.tokens.at('+') || this.tokens.at('-')) {
      this.tokens.accept('+');
      const second = this.readSigned();
      if (second.kind !== 'imaginary') throw unreadable(place, 'an operator between values');
      return complex(place, value, second.value);
    }
    return { kind, value, place };
  }

  private readSigned(): { readonly kind: 'int' | 'float' | 'imaginary'; readonly value: number } {
    const { tokens } = this;
    const sign = tokens.accept('-') ? -1 : 1;
    const { kind, text, place } = tokens.current;
    if (kind === 'int' || kind === 'float' || kind === 'imaginary') {
      tokens.advance();
      const value = Number(text);
      if (kind === 'int' && value > LARGEST_INT)
        throw unreadable(place, `${text.slice(0, 40)} has more than 64 bits`);
      // An int has no negative zero.
      return { kind, value: value === 0 && kind === 'int' ? 0 : sign * value };
    }
    const notFinite = kind === 'name' && Object.hasOwn(NOT_FINITE, text) ? NOT_FINITE[text] : undefined;
    if (notFinite === undefined) throw tokens.unexpected('a number after the sign');
    tokens.advance();
    return { kind: 'float', value: sign * notFinite };
  }

  /** After `(`: a tuple, or a value in brackets. */
  private readParentheses(place: Place): Expression {
    const { tokens } = this;
    if (tokens.accept(')')) return { kind: 'tuple', items: [], place };
    const first = this.readExpression();
    if (tokens.accept(')')) return first;
    const { height } = this;
    tokens.expect(',');
    const items = [first, ...this.readList(')')];
    this.height = Math.max(height + 1, this.height);
    return { kind: 'tuple', items, place };
  }

  /** Values up to the closing bracket, which is read too. */
  private readList(close: ')' | ']'): Expression[] {
    const items: Expression[] = [];
    let height = 0;
    this.readItems(close, () => {
      items.push(this.readExpression());
      height = Math.max(height, this.height);
    });
    this.closeItems(close, height);
    return items;
  }

  private readDict(place: Place): Expression {
    const entries: { key: Expression; value: Expression }[] = [];
    let height = 0;
    this.readItems('}', () => {
      const key = this.readExpression();
      height = Math.max(height, this.height);
      this.tokens.expect(':');
      entries.push({ key, value: this.readExpression() });
      height = Math.max(height, this.height);
    });
    this.closeItems('}', height);
    return { kind: 'dict', entries, place };
  }

  /** After `(` of a call. */
  private readArguments(): {
    positional: Expression[];
    keywords: { readonly name: string; readonly value: Expression }[];
  } {
    const { tokens } = this;
    const positional: Expression[] = [];
    const keywords: { name: string; value: Expression }[] = [];
    let height = 0;
    this.readItems(')', () => {
      const value = this.readExpression();
      if (value.kind === 'name' && tokens.accept('=')) {
        keywords.push({ name: value.name, value: this.readExpression() });
      } else {
        if (keywords.length > 0) throw unreadable(value.place, 'a plain argument after a named one');
        positional.push(value);
      }
      height = Math.max(height, this.height);
    });
    this.closeItems(')', height);
    return { positional, keywords };
  }

  /** Items with commas between and perhaps after them, up to but without the closing bracket. */
  private readItems(close: string, readItem: () => void): void {
    while (!this.tokens.at(close)) {
      readItem();
      if (!this.tokens.accept(',')) return;
    }
  }

  private closeItems(close: string, height: number): void {
    this.tokens.expect(close);
    this.height = height + 1;
    this.tokens.refuseHeight(this.height);
  }
}

function complex(place: Place, real: number, imaginary: number): Expression {
  return {
    kind: 'call',
    callee: { kind: 'name', name: 'complex', place },
    positional: [
      { kind: 'float', value: real, place },
      { kind: 'float', value: imaginary, place },
    ],
    keywords: [],
    place,
  };
}
