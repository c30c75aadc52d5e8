/**
 * Cuts the source text of a TorchScript archive into tokens: names, literals, marks, and the line ends and indents
 * that carry meaning in Python. Not a lexer of all of Python: what PyTorch's serializer never writes is refused with
 * its place. One token at a time, in time linear in the text. Used by `expression-parser.ts` and `parser.ts`.
 */

import { PluginError } from '../../shared/errors.js';
import type { Place } from './ast.js';

export type TokenKind =
  'name' | 'int' | 'float' | 'imaginary' | 'string' | 'mark' | 'newline' | 'indent' | 'dedent' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; for a string what it stands for; empty for line ends, indents and the end. */
  readonly text: string;
  readonly place: Place;
}

/** Nesting of brackets and blocks that is read, and height of an expression's tree. PyTorch stays below 10. */
export const MAX_NESTING = 100;
/** Characters of one source file that are read; a full-size RAVE has 20,000 in its longest. */
export const MAX_SOURCE_LENGTH = 2 ** 22;

/** The error for a text that is not what PyTorch writes; `finding` is one line for developers. */
export function unreadable(place: Place, finding: string): PluginError {
  return new PluginError(
    'model/unreadable',
    `The program inside this model cannot be read (${place.file}, line ${place.line}). The file may be damaged, or ` +
      'written by a newer PyTorch: export it again or try another. Your current sound goes on.',
    [`${place.file}:${place.line}: ${finding}`],
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** How messages call the tokens that have no text. */
const LAYOUT: Readonly<Partial<Record<TokenKind, string>>> = {
  newline: 'the end of the line',
  indent: 'a line further right',
  dedent: 'a line further left',
  end: 'the end of the file',
};

const TWO_CHARACTER_MARKS: ReadonlySet<string> = new Set([
  '->',
  '==',
  '!=',
  '<=',
  '>=',
  '//',
  '**',
  '+=',
  '-=',
]);
const MARKS = '()[]{},:=.+-*/%<>@&|^~';

/** The tokens of one file, and a cursor on them. */
export class Tokens {
  /** The token under the cursor. */
  current: Token;

  private readonly text: string;
  private readonly file: string;
  private position = 0;
  private place: Place;
  private openBrackets = 0;
  /** Widths of the blocks around the cursor. */
  private readonly indents = [0];
  private pendingDedents = 0;
  private atLineStart = true;
  private nesting = 0;

  /** @throws PluginError if the text is too long or its first token is not readable. */
  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
    this.place = { file, line: 1 };
    if (text.length > MAX_SOURCE_LENGTH) {
      throw unreadable(this.place, `${text.length} characters; at most ${MAX_SOURCE_LENGTH} are read`);
    }
    this.current = this.read();
  }

  /** Moves on; returns the token left behind. */
  advance(): Token {
    const token = this.current;
    this.current = this.read();
    return token;
  }

  /** Whether the cursor is at this mark or word. */
  at(text: string): boolean {
    const { kind } = this.current;
    return (kind === 'mark' || kind === 'name') && this.current.text === text;
  }

  /** Moves over this mark or word if it is there. */
  accept(text: string): boolean {
    const found = this.at(text);
    if (found) this.advance();
    return found;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected(`"${text}"`);
  }

  /** Moves over a token of this kind, or refuses. */
  expectKind(kind: TokenKind, wanted: string = kind): Token {
    if (this.current.kind !== kind) throw this.unexpected(wanted);
    return this.advance();
  }

  unexpected(wanted: string): PluginError {
    const { kind, text, place } = this.current;
    const found = LAYOUT[kind] ?? JSON.stringify(text.slice(0, 40));
    return unreadable(place, `expected ${wanted}, found ${found}`);
  }

  /** One level deeper: refuses what would exhaust the stack of the parser or of those who walk its tree. */
  enter(): void {
    this.nesting += 1;
    this.refuseHeight(this.nesting);
  }

  leave(): void {
    this.nesting -= 1;
  }

  refuseHeight(height: number): void {
    if (height > MAX_NESTING) throw unreadable(this.place, `nested more than ${MAX_NESTING} deep`);
  }

  private read(): Token {
    if (this.pendingDedents > 0) {
      this.pendingDedents -= 1;
      return this.token('dedent');
    }
    if (this.atLineStart && this.openBrackets === 0) {
      const token = this.readIndent();
      if (token) return token;
    }
    this.skipSpaces();
    const { text, position } = this;
    const character = text[position];
    if (character === undefined) return this.readEnd();
    if (character === '\n') {
      const token = this.token('newline');
      this.nextLine();
      this.atLineStart = true;
      return token;
    }
    if (isDigit(text.charCodeAt(position))) return this.readNumber();
    if (isWord(text.charCodeAt(position))) return this.readName();
    if (character === '"' || character === "'") return this.readString(character);
    const two = text.slice(position, position + 2);
    const mark = TWO_CHARACTER_MARKS.has(two) ? two : character;
    if (mark.length === 1 && !MARKS.includes(mark)) {
      throw unreadable(this.place, `a stray ${JSON.stringify(mark)}`);
    }
    this.position += mark.length;
    if (mark === '(' || mark === '[' || mark === '{') this.openBrackets += 1;
    if (mark === ')' || mark === ']' || mark === '}') this.openBrackets -= 1;
    if (this.openBrackets < 0) throw unreadable(this.place, `"${mark}" closes nothing`);
    return this.token('mark', mark);
  }

  /** At the start of a line: an indent or dedent, or null if the line stands where the last one did. */
  private readIndent(): Token | null {
    let start = this.position;
    for (;;) {
      this.skipSpaces();
      const character = this.text[this.position];
      // Empty lines say nothing about blocks.
      if (character === '\n') {
        this.nextLine();
        start = this.position;
      } else if (character === undefined) return this.readEnd();
      else break;
    }
    this.atLineStart = false;
    const width = this.position - start;
    const innermost = this.indents[this.indents.length - 1] ?? 0;
    if (width > innermost) {
      this.indents.push(width);
      return this.token('indent');
    }
    while (width < (this.indents[this.indents.length - 1] ?? 0)) {
      this.indents.pop();
      this.pendingDedents += 1;
    }
    if (width !== (this.indents[this.indents.length - 1] ?? 0)) {
      throw unreadable(this.place, `${width} spaces of indent belong to no block`);
    }
    if (this.pendingDedents === 0) return null;
    this.pendingDedents -= 1;
    return this.token('dedent');
  }

  /** Spaces and comments; inside brackets also line ends. */
  private skipSpaces(): void {
    const { text } = this;
    for (;;) {
      const character = text[this.position];
      if (character === ' ') this.position += 1;
      else if (character === '\n' && this.openBrackets > 0) this.nextLine();
      else if (character === '#') {
        const end = text.indexOf('\n', this.position);
        this.position = end < 0 ? text.length : end;
      } else return;
    }
  }

  private nextLine(): void {
    this.position += 1;
    this.place = { file: this.file, line: this.place.line + 1 };
  }

  /** Closes the last line and all blocks, then says `end` for ever. */
  private readEnd(): Token {
    if (this.openBrackets > 0) throw unreadable(this.place, 'a bracket is never closed');
    if (!this.atLineStart) {
      this.atLineStart = true;
      return this.token('newline');
    }
    if (this.indents.length > 1) {
      this.indents.pop();
      return this.token('dedent');
    }
    return this.token('end');
  }

  private readName(): Token {
    const start = this.position;
    while (isWord(this.text.charCodeAt(this.position))) this.position += 1;
    return this.token('name', this.text.slice(start, this.position));
  }

  /** `12`, `0.`, `1.5`, `1.0000000000000001e-05`, `2.j`. */
  private readNumber(): Token {
    const start = this.position;
    let kind: TokenKind = 'int';
    this.skipDigits();
    if (this.text[this.position] === '.') {
      kind = 'float';
      this.position += 1;
      this.skipDigits();
    }
    if (this.text[this.position] === 'e' || this.text[this.position] === 'E') {
      kind = 'float';
      this.position += 1;
      const sign = this.text[this.position];
      if (sign === '+' || sign === '-') this.position += 1;
      if (!isDigit(this.text.charCodeAt(this.position)))
        throw unreadable(this.place, 'an exponent without digits');
      this.skipDigits();
    }
    const written = this.text.slice(start, this.position);
    if (this.text[this.position] === 'j') {
      kind = 'imaginary';
      this.position += 1;
    }
    if (isWord(this.text.charCodeAt(this.position)))
      throw unreadable(this.place, 'a number that runs into a word');
    return this.token(kind, written);
  }

  private skipDigits(): void {
    while (isDigit(this.text.charCodeAt(this.position))) this.position += 1;
  }

  private readString(quote: string): Token {
    const { text } = this;
    const parts: string[] = [];
    this.position += 1;
    let start = this.position;
    for (;;) {
      const character = text[this.position];
      if (character === undefined || character === '\n')
        throw unreadable(this.place, 'a text that never ends');
      if (character === quote) break;
      if (character === '\\') {
        parts.push(text.slice(start, this.position), this.readEscape());
        start = this.position;
      } else this.position += 1;
    }
    parts.push(text.slice(start, this.position));
    this.position += 1;
    return this.token('string', parts.join(''));
  }

  /** Of the escapes, the serializer writes the one-letter ones and three octal digits. */
  private readEscape(): string {
    const { text } = this;
    const letter = text[this.position + 1] ?? '';
    const plain = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (plain !== undefined) {
      this.position += 2;
      return plain;
    }
    const octal = text.slice(this.position + 1, this.position + 4);
    if (!/^[0-3][0-7]{2}$/.test(octal)) throw unreadable(this.place, `an unknown escape \\${letter}`);
    this.position += 4;
    return String.fromCharCode(Number.parseInt(octal, 8));
  }

  private token(kind: TokenKind, text = ''): Token {
    return { kind, text, place: this.place };
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** ASCII letters, digits, underscore: PyTorch writes other names as strings. False past the end (NaN). */
function isWord(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}
