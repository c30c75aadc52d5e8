/**
 * Rows of the bench and the figures in them. Pure.
 */

export interface Row {
  /** what/on which model/by whom/where */
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly p95: number;
  readonly runs: number;
  /** Name of the peer's row. */
  readonly ratioTo: string | null;
  /** The peer's median / this one: above 1 is faster. */
  readonly ratio: number | null;
}

export interface Series {
  readonly name: string;
  readonly unit: string;
  /** One figure per run; less is faster. */
  readonly figures: readonly number[];
  /** Name of the series measured in turns with this one. */
  readonly peer?: string;
}

/** Rows of series that were measured in one go. */
export function rowsOf(series: readonly Series[]): Row[] {
  return series.map(({ name, unit, figures, peer }) => {
    const other = series.find((candidate) => candidate.name === peer);
    const median = quantile(figures, 0.5);
    return {
      name,
      unit,
      median,
      p95: quantile(figures, 0.95),
      runs: figures.length,
      ratioTo: other ? other.name : null,
      ratio: other ? quantile(other.figures, 0.5) / median : null,
    };
  });
}

/** Quantile on the line between the two nearest figures. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? NaN;
  const high = sorted[Math.ceil(place)] ?? NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/** The rows for people. */
export function table(rows: readonly Row[]): string {
  const head = ['', 'median', 'p95', 'unit', 'runs', 'faster than'];
  const cells = rows.map((row) => [
    row.name,
    digits(row.median),
    digits(row.p95),
    row.unit,
    String(row.runs),
    row.ratio === null ? '' : `${row.ratio.toFixed(2)} × ${row.ratioTo ?? ''}`,
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...cells].map((line) => line[column]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, column) =>
        column === 1 || column === 2 ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [head, ...cells].map(line).join('\n');
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
