import ipaddr from 'ipaddr.js';

/** Only 2000::/3 is handed out to the public internet (RFC 4291, IANA); everything else has a special meaning. */
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::');

/** Public by number, but answered by the machine's own host: Azure's metadata and agent service. */
const HOST_SERVICES = new Map([['168.63.129.16', 'cloud host service']]);

/**
 * Why an address must not be reached without leave, or undefined for a public one. Takes canonical spellings only:
 * `127.1`, `0177.0.0.1`, decimals and zone ids are "not an IP address" here. IPv4-mapped and NAT64 (64:ff9b::/96)
 * addresses count as the IPv4 address inside; 6to4, Teredo and other tunnels are refused.
 */
export function specialAddress(address: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return specialIpv4(ipaddr.IPv4.parse(address));
  if (address.includes('%') || !ipaddr.IPv6.isValid(address)) return 'not an IP address';
  const ipv6 = ipaddr.IPv6.parse(address);
  if (ipv6.isIPv4MappedAddress()) return specialIpv4(ipv6.toIPv4Address());
  const bytes = ipv6.toByteArray();
  if (ipv6.match(NAT64, 96)) return specialIpv4(new ipaddr.IPv4(bytes.slice(12)));
  const range = ipv6.range();
  if (range !== 'unicast') return RANGE_NAMES[range] ?? range;
  return ipv6.match(GLOBAL_UNICAST, 3) ? undefined : 'reserved';
}

const NAT64 = ipaddr.IPv6.parse('64:ff9b::');

function specialIpv4(ipv4: ipaddr.IPv4): string | undefined {
  const range = ipv4.range();
  if (range !== 'unicast') return RANGE_NAMES[range] ?? range;
  return HOST_SERVICES.get(ipv4.toString());
}

const RANGE_NAMES: Readonly<Record<string, string>> = {
  unspecified: 'unspecified',
  linkLocal: 'link-local',
  carrierGradeNat: 'carrier-grade NAT',
  uniqueLocal: 'unique local',
};

/** Is the host an IP address in its one canonical spelling? IPv6 without brackets. */
export const isIpAddress = (host: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(host) || (!host.includes('%') && ipaddr.IPv6.isValid(host));
