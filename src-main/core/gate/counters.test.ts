import { expect, test } from 'vitest';
import { Counters } from './counters.ts';

const END = { status: 200, code: null, reason: null, bytesIn: 3, bytesOut: 5, masked: 1 };

test('counts and writes Prometheus text', () => {
  const counters = new Counters();
  counters.forwarded('svc');
  counters.completed('svc', END, 3);
  counters.forwarded('svc');
  counters.completed('svc', { ...END, status: null, code: 'UPSTREAM_UNREACHABLE' }, 700_000);
  counters.refusal('DOMAIN_GUARD');
  expect(counters).toMatchObject({ requests: 3, refused: 1 });
  const text = counters.text({ inFlight: 2, upstreams: 1 });
  for (const line of [
    'aegis_gate_requests_total{service="svc"} 2',
    'aegis_gate_refused_total{reason="DOMAIN_GUARD"} 1',
    'aegis_gate_errors_total{service="svc"} 1',
    'aegis_gate_responses_total{status="2xx"} 1',
    'aegis_gate_responses_total{status="none"} 1',
    'aegis_gate_response_bytes_total{service="svc"} 10',
    'aegis_gate_masked_total 2',
    'aegis_gate_in_flight 2',
    'aegis_gate_request_duration_seconds_bucket{le="0.0025"} 0',
    'aegis_gate_request_duration_seconds_bucket{le="0.005"} 1',
    'aegis_gate_request_duration_seconds_bucket{le="+Inf"} 2',
    'aegis_gate_request_duration_seconds_count 2',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  for (const line of text.trimEnd().split('\n')) {
    expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? [\d.e+-]+)$/);
  }
});

test('labels stay bounded, whatever the number of services', () => {
  const counters = new Counters();
  for (let i = 0; i < 1000; i += 1) counters.forwarded(`service-${i}`);
  const lines = counters.text({ inFlight: 0, upstreams: 0 }).split('\n');
  const labels = lines.filter((line) => line.startsWith('aegis_gate_requests_total{'));
  expect(labels.length).toBe(201);
  expect(labels).toContain('aegis_gate_requests_total{service="other"} 800');
});
