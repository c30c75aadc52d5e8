/**
 * The code of one archive: finds classes and functions by their dotted names and parses each
 * file once. Runs nothing.
 */

import type { Archive } from '../archive/index.js';
import type { ClassDefinition, FunctionDefinition, SourceFile } from './ast.js';
import { tooLarge, TraceFailure, unreadable } from './errors.js';
import { parseSource } from './parser.js';

/** Of all files that are parsed; full-size models have 0.3 MB. A syntax tree takes fifty times its text. */
const MAX_SOURCE_BYTES = 2 ** 22;
const MAX_FILES = 4096;

export class Program {
  private readonly files = new Map<string, SourceFile | null>();
  private sourceBytes = 0;

  constructor(private readonly archive: Archive) {}

  /** @param path Dotted, for instance `__torch__.rave.blocks.Snake`. Throws TraceFailure when there is none. */
  classOf(path: string): ClassDefinition {
    const found = this.findClass(path);
    if (!found) throw new TraceFailure(`the class ${path} is not in the file`, null);
    return found;
  }

  findClass(path: string): ClassDefinition | undefined {
    return this.file(path)?.classes.get(lastOf(path));
  }

  findFunction(path: string): FunctionDefinition | undefined {
    return this.file(path)?.functions.get(lastOf(path));
  }

  private file(path: string): SourceFile | null {
    const name = `code/${path.split('.').slice(0, -1).join('/')}.py`;
    let file = this.files.get(name);
    if (file === undefined) {
      if (this.files.size >= MAX_FILES) throw unreadable(`more than ${MAX_FILES} files of code`);
      file = this.archive.has(name) ? this.parse(name) : null;
      this.files.set(name, file);
    }
    return file;
  }

  private parse(name: string): SourceFile {
    this.sourceBytes += this.archive.size(name);
    if (this.sourceBytes > MAX_SOURCE_BYTES) throw tooLarge(`more than ${MAX_SOURCE_BYTES} bytes of code`);
    return parseSource(new TextDecoder().decode(this.archive.read(name)), name);
  }
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
