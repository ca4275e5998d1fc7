/** `npm run bench [-- name…] [-- --json --quick]`: runs the benchmarks one after the other and prints their tables. */
import { readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchOptions, BenchRow, BenchTable } from './types.ts';

const here = dirname(fileURLToPath(import.meta.url));
const SUFFIX = '.bench.ts';
const available = readdirSync(here)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();

async function main(argv: readonly string[]): Promise<number> {
  const flags = argv.filter((word) => word.startsWith('--'));
  const names = argv.filter((word) => !word.startsWith('--'));
  const unknown = [
    ...names.filter((name) => !available.includes(name)),
    ...flags.filter((flag) => !['--json', '--quick'].includes(flag)),
  ];
  if (unknown.length > 0) {
    console.error(
      `Unknown: ${unknown.join(', ')}. Benchmarks: ${available.join(', ')}. Options: --json, --quick.`,
    );
    return 2;
  }
  const options: BenchOptions = { json: flags.includes('--json'), quick: flags.includes('--quick') };
  const tables: BenchTable[] = [];
  let failed = false;
  for (const name of names.length > 0 ? names : available) {
    console.error(`measuring ${name} …`);
    try {
      const module = (await import(`./${name}${SUFFIX}`)) as {
        run(options: BenchOptions): Promise<BenchTable>;
      };
      const table = await module.run(options);
      tables.push(table);
      if (!options.json) console.log(format(table));
    } catch (error) {
      failed = true;
      console.error(`${name} could not be measured:`, error);
    }
  }
  if (options.json) console.log(JSON.stringify({ machine: machine(), tables }, null, 2));
  return failed ? 1 : 0;
}

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory_gib: Math.round(totalmem() / 2 ** 30),
});

function format({ name, rows, notes }: BenchTable): string {
  const cells = [['what', 'value', 'ratio', 'against', 'budget', ''], ...rows.map(toCells)];
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [`\n${name}`, ...lines, ...notes.map((note) => `  ${note}`)].join('\n');
}

const toCells = (row: BenchRow): string[] => [
  row.label,
  `${tidy(row.value)} ${row.unit}`,
  row.ratio === undefined ? '' : `${row.ratio.toFixed(2)}x`,
  row.baseline ?? '',
  row.budget ?? '',
  row.ok === undefined ? '' : row.ok ? 'met' : 'MISSED',
];

const tidy = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

process.exitCode = await main(process.argv.slice(2));
// A benchmark that left a socket open must not hold the command.
setImmediate(() => process.exit());
