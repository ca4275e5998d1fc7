import type { Completion } from './inquiry.ts';

/** Label values come from the vault's own names, and only so many of them. */
const MAX_SERVICES = 200;
const BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
] as const;

interface ServiceCounts {
  requests: number;
  errors: number;
  bytesIn: number;
  bytesOut: number;
}

/** Plain numbers, counted on the way; turned into Prometheus text only when somebody asks. */
export class Counters {
  requests = 0;
  refused = 0;
  masked = 0;
  readonly #refusedBy = new Map<string, number>();
  readonly #services = new Map<string, ServiceCounts>();
  readonly #statusClasses = new Map<string, number>();
  readonly #buckets = new Array<number>(BUCKETS.length + 1).fill(0);
  #durationSum = 0;

  /** A request was refused; it counts as a request as well. @param code one of the catalogue, never a request's own text */
  refusal(code: string): void {
    this.requests += 1;
    this.refused += 1;
    this.#refusedBy.set(code, (this.#refusedBy.get(code) ?? 0) + 1);
  }

  forwarded(service: string): void {
    this.requests += 1;
    this.#of(service).requests += 1;
  }

  completed(service: string, end: Completion, milliseconds: number): void {
    const counts = this.#of(service);
    const seconds = milliseconds / 1000;
    if (end.code !== null) counts.errors += 1;
    counts.bytesIn += end.bytesIn;
    counts.bytesOut += end.bytesOut;
    this.masked += end.masked;
    const statusClass = end.status === null ? 'none' : `${Math.floor(end.status / 100)}xx`;
    this.#statusClasses.set(statusClass, (this.#statusClasses.get(statusClass) ?? 0) + 1);
    const bucket = BUCKETS.findIndex((limit) => seconds <= limit);
    const index = bucket === -1 ? BUCKETS.length : bucket;
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#durationSum += seconds;
  }

  /** Prometheus text exposition format, version 0.0.4. */
  text(gauges: { inFlight: number; upstreams: number }): string {
    const services = [...this.#services];
    return [
      ...metric(
        'aegis_gate_requests_total',
        'counter',
        'Requests forwarded, by service.',
        services.map(([service, c]) => [{ service }, c.requests] as const),
      ),
      ...metric(
        'aegis_gate_refused_total',
        'counter',
        'Requests refused, by reason.',
        [...this.#refusedBy].map(([reason, n]) => [{ reason }, n] as const),
      ),
      ...metric(
        'aegis_gate_errors_total',
        'counter',
        'Forwarded requests that did not end well, by service.',
        services.map(([service, c]) => [{ service }, c.errors] as const),
      ),
      ...metric(
        'aegis_gate_responses_total',
        'counter',
        'Answers of services, by class of status.',
        [...this.#statusClasses].map(([status, n]) => [{ status }, n] as const),
      ),
      ...metric(
        'aegis_gate_request_bytes_total',
        'counter',
        'Body bytes sent to services.',
        services.map(([service, c]) => [{ service }, c.bytesIn] as const),
      ),
      ...metric(
        'aegis_gate_response_bytes_total',
        'counter',
        'Body bytes sent to agents.',
        services.map(([service, c]) => [{ service }, c.bytesOut] as const),
      ),
      ...metric('aegis_gate_masked_total', 'counter', 'Secrets found in answers and masked.', [
        [{}, this.masked],
      ]),
      ...metric('aegis_gate_in_flight', 'gauge', 'Requests under way.', [[{}, gauges.inFlight]]),
      ...metric('aegis_gate_upstreams', 'gauge', 'Hosts with a connection pool.', [[{}, gauges.upstreams]]),
      ...this.#histogram(),
      '',
    ].join('\n');
  }

  #histogram(): string[] {
    const name = 'aegis_gate_request_duration_seconds';
    const lines = [
      `# HELP ${name} Time from the request's head to the end of the answer.`,
      `# TYPE ${name} histogram`,
    ];
    let total = 0;
    BUCKETS.forEach((limit, i) => {
      total += this.#buckets[i] ?? 0;
      lines.push(`${name}_bucket{le="${limit}"} ${total}`);
    });
    total += this.#buckets[BUCKETS.length] ?? 0;
    lines.push(
      `${name}_bucket{le="+Inf"} ${total}`,
      `${name}_sum ${this.#durationSum}`,
      `${name}_count ${total}`,
    );
    return lines;
  }

  #of(service: string): ServiceCounts {
    const known = this.#services.get(service);
    if (known) return known;
    const name = this.#services.size < MAX_SERVICES ? service : 'other';
    const counts = this.#services.get(name) ?? { requests: 0, errors: 0, bytesIn: 0, bytesOut: 0 };
    this.#services.set(name, counts);
    return counts;
  }
}

function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly (readonly [Readonly<Record<string, string>>, number])[],
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}`),
  ];
}

/** Values are names of services, codes and status classes: none needs escaping, and none comes from a request. */
function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}
