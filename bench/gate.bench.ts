/**
 * The Gate beside its measures, each in a process of its own, in turns: no proxy, a bare pass-through on undici's
 * dispatch, http-proxy, and the Gate with every check and the durable ledger on.
 */
import { firstBytes, type LoadResult, load, type Target } from './gate/load.ts';
import { type Server, start } from './gate/process.ts';
import { type BenchOptions, type BenchRow, type BenchTable, median } from './types.ts';

const NAMES = ['direct', 'bare', 'http-proxy', 'gate', 'gate-many'] as const;
type Name = (typeof NAMES)[number];
const MANY = 10_000;

export async function run(options: BenchOptions): Promise<BenchTable> {
  const quick = options.quick ?? false;
  const rounds = quick ? 3 : 7;
  const roundMs = quick ? 700 : 2_000;
  const many = quick ? 1_000 : MANY;
  const upstream = await start('./upstream.ts');
  const url = `http://127.0.0.1:${upstream.port}`;
  const servers = {
    direct: upstream,
    bare: await start('./bare.ts', [url]),
    'http-proxy': await start('./http-proxy.ts', [url]),
    gate: await start('./server.ts', [url, '1']),
    'gate-many': await start('./server.ts', [url, String(many)]),
  } satisfies Record<Name, Server>;
  try {
    const rows: BenchRow[] = [];
    for (const connections of [1, 16, 64]) {
      const results = await measure(servers, connections, rounds, roundMs);
      rows.push(...throughputRows(results, connections, many));
    }
    rows.push(...(await firstByteRows(servers, quick ? 10 : 60)));
    return {
      name: 'gate',
      rows,
      notes: [
        'Answers of 1 KiB over loopback without TLS; service, proxy and load generator share the cores, so read ratios.',
        'Ratios are medians of ratios within one round; all proxies take turns in every round.',
        'The CPU time of the gate is that of all its threads, the ledger among them; it depends less on what else runs here.',
        'The bare proxy is ours: undici dispatch with raw headers, no checks, no ledger, no search for the key.',
        'The first event of the stream comes 50 ms after the request, as from a quick model.',
      ],
    };
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
}

type Results = Record<Name, LoadResult[]>;

async function measure(
  servers: Record<Name, Server>,
  connections: number,
  rounds: number,
  milliseconds: number,
): Promise<Results> {
  const results: Results = { direct: [], bare: [], 'http-proxy': [], gate: [], 'gate-many': [] };
  // The first round warms up and is thrown away.
  for (let round = -1; round < rounds; round += 1) {
    for (const name of NAMES) {
      const result = await load(servers[name], connections, milliseconds);
      if (round >= 0) results[name].push(result);
    }
  }
  return results;
}

function throughputRows(results: Results, connections: number, many: number): BenchRow[] {
  const at = `${connections} ${connections === 1 ? 'connection' : 'connections'}`;
  const rate = (name: Name): number => median(results[name].map((result) => result.perSecond));
  const ratio = (name: Name, base: Name): number =>
    median(results[name].map((result, i) => result.perSecond / (results[base][i]?.perSecond ?? Number.NaN)));
  const rows: BenchRow[] = (['direct', 'bare', 'http-proxy', 'gate'] as const).map((name) => ({
    label: `${name}, ${at}`,
    value: Math.round(rate(name)),
    unit: 'req/s',
  }));
  const against = (
    label: string,
    value: number,
    unit: string,
    baseline: string,
    r: number,
    limit?: [string, boolean],
  ): BenchRow => ({
    label: `${label}, ${at}`,
    value,
    unit,
    baseline,
    ratio: r,
    ...(limit ? { budget: limit[0], ok: limit[1] } : {}),
  });
  const bare = ratio('gate', 'bare');
  const old = ratio('gate', 'http-proxy');
  const flat = ratio('gate-many', 'gate');
  const main = connections === 16;
  rows.push(
    against(
      'gate to bare dispatch',
      Math.round(rate('gate')),
      'req/s',
      'bare',
      bare,
      main ? ['>= 0.8', bare >= 0.8] : undefined,
    ),
    against(
      'gate to http-proxy',
      Math.round(rate('gate')),
      'req/s',
      'http-proxy',
      old,
      main ? ['>= 2', old >= 2] : undefined,
    ),
    against(
      `gate with ${many} credentials and agents`,
      Math.round(rate('gate-many')),
      'req/s',
      'gate with 1',
      flat,
      ['>= 0.9', flat >= 0.9],
    ),
  );
  for (const [label, quantile, budget] of [
    ['p50', 0.5, 0.5],
    ['p99', 0.99, 3],
  ] as const) {
    const added = addedAt(results, quantile);
    rows.push({
      label: `gate adds at ${label}, ${at}`,
      value: Math.round(added * 1000) / 1000,
      unit: 'ms',
      baseline: 'direct',
      ...(main ? { budget: `<= ${budget} ms`, ok: added <= budget } : {}),
    });
  }
  const cpu = (name: Name): number => median(results[name].map((result) => result.cpu));
  rows.push({
    label: `CPU time per request in the gate, ${at}`,
    value: Math.round(cpu('gate')),
    unit: 'µs',
    baseline: 'bare',
    ratio: cpu('gate') / cpu('bare'),
  });
  return rows;
}

/** Median over the rounds of the difference of a quantile. */
const addedAt = (results: Results, quantile: number): number =>
  median(
    results.gate.map(
      (result, i) =>
        quantileOf(result.latencies, quantile) -
        quantileOf(results.direct[i]?.latencies ?? new Float64Array(), quantile),
    ),
  );

const quantileOf = (sorted: Float64Array, quantile: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;

async function firstByteRows(servers: Record<Name, Target>, rounds: number): Promise<BenchRow[]> {
  const direct: number[] = [];
  const gate: number[] = [];
  for (let i = 0; i < rounds; i += 5) {
    direct.push(...(await firstBytes(servers.direct, 5)));
    gate.push(...(await firstBytes(servers.gate, 5)));
  }
  const ratio = median(gate) / median(direct);
  return [
    {
      label: 'first event of a stream',
      value: Math.round(median(gate) * 100) / 100,
      unit: 'ms',
      baseline: 'direct',
      ratio,
      budget: '<= 1.1',
      ok: ratio <= 1.1,
    },
  ];
}
