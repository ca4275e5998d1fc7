/** What one benchmark found: figures side by side with their baseline of the same run. */
export interface BenchRow {
  readonly label: string;
  readonly value: number;
  readonly unit: string;
  /** What `ratio` compares with. */
  readonly baseline?: string;
  readonly ratio?: number;
  /** The budget in words: "at least 0.8 of bare dispatch". */
  readonly budget?: string;
  /** Whether the budget was met; absent where there is none. */
  readonly ok?: boolean;
}

export interface BenchTable {
  readonly name: string;
  readonly rows: readonly BenchRow[];
  readonly notes: readonly string[];
}

export interface BenchOptions {
  readonly json: boolean;
  /** Fewer and shorter rounds: to see that a benchmark works. */
  readonly quick?: boolean;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which `q` (0 to 1) of the values lie; NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
