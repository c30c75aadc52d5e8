/**
 * What the code inside a TorchScript archive says, as plain data: the subset of Python that TorchScript's serializer
 * writes. Made by `parser.ts`, run by the tracer; nothing of it is ever evaluated as code of ours.
 */

/** Where something stands in the archive, for messages: `code/__torch__/rave/blocks.py:120`. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A type as written: `Tensor`, `Optional[Tensor]`, `List[int]`, `__torch__.rave.blocks.Snake`. */
export interface TypeExpression {
  /** Dotted name, for instance `List` or `__torch__.cached_conv.convs.CachedConv1d`. */
  readonly name: string;
  readonly parameters: readonly TypeExpression[];
}

export type Expression = { readonly place: Place } & (
  | { readonly kind: 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Literals may carry a minus sign. */
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  /** A local variable, or the first part of a dotted path (`torch`, `ops`, `__torch__`, `CONSTANTS`). */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | {
      readonly kind: 'call';
      readonly callee: Expression;
      readonly positional: readonly Expression[];
      readonly keywords: readonly { readonly name: string; readonly value: Expression }[];
    }
  /** `annotate(T, e)`, `unchecked_cast(T, e)`, `uninitialized(T)`, `isinstance(e, T)`: the forms that name a type. */
  | { readonly kind: 'annotate'; readonly type: TypeExpression; readonly value: Expression }
  | { readonly kind: 'unchecked_cast'; readonly type: TypeExpression; readonly value: Expression }
  | { readonly kind: 'uninitialized'; readonly type: TypeExpression }
  | { readonly kind: 'isinstance'; readonly value: Expression; readonly types: readonly TypeExpression[] }
  | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'tuple'; readonly items: readonly Expression[] }
  | {
      readonly kind: 'dict';
      readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
    }
);

/** What may stand left of `=`: a name, an attribute, an element, or several of them. */
export type Target = Extract<Expression, { kind: 'name' | 'attribute' | 'index' | 'tuple' }>;

export type Statement = { readonly place: Place } & (
  | {
      readonly kind: 'assign';
      readonly target: Target;
      readonly type: TypeExpression | null;
      readonly value: Expression;
    }
  | { readonly kind: 'expression'; readonly value: Expression }
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  /** `for name in range(n)` or over a list. */
  | {
      readonly kind: 'for';
      readonly name: string;
      readonly over: Expression;
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'while'; readonly condition: Expression; readonly body: readonly Statement[] }
  | { readonly kind: 'return'; readonly value: Expression | null }
  | { readonly kind: 'pass' }
);

export interface Parameter {
  readonly name: string;
  /** null for `self`. */
  readonly type: TypeExpression | null;
  readonly defaultValue: Expression | null;
}

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly returns: TypeExpression | null;
  readonly body: readonly Statement[];
  readonly place: Place;
}

export interface ClassDefinition {
  readonly name: string;
  /** `Module`, `NamedTuple`, …; null for a plain class. */
  readonly base: string | null;
  readonly parameterNames: readonly string[];
  readonly bufferNames: readonly string[];
  /** Attributes with their types, also those written as `__annotations__["0"] = T`. */
  readonly attributes: ReadonlyMap<string, TypeExpression>;
  /** `name : Final[T] = value`. */
  readonly constants: ReadonlyMap<string, Expression>;
  readonly methods: ReadonlyMap<string, FunctionDefinition>;
  readonly place: Place;
}

/** One file of the archive's `code/` folder. */
export interface SourceFile {
  readonly classes: ReadonlyMap<string, ClassDefinition>;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
}
