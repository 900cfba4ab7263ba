import ipaddr from 'ipaddr.js';

const MAX_URL_LENGTH = 4_096;

/** Every IPv6 address that has been handed out for global use lies in this block (IANA, RFC 4291). */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3');

/** Blocks that no range of ipaddr.js covers and that are still not the public internet. */
const EXTRA_BLOCKS = [
  // Addresses of IETF protocols (RFC 6890); ipaddr.js names some parts of it.
  ipaddr.parseCIDR('2001::/23'),
  // The address at which every Azure machine reaches its own host's agent.
  ipaddr.parseCIDR('168.63.129.16/32'),
];

/** Names that answer inside a network and not on the public internet (RFC 6761, 6762, 8375 and habit). */
const INTERNAL_SUFFIXES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
];

export type UrlVerdict = { ok: true; url: URL } | { ok: false; reason: string };

/**
 * True for an address of the public internet. Whatever cannot be read as an
 * address, and every block set aside for another use, is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) {
    return false;
  }
  // IPv4 written as IPv6 (::ffff:127.0.0.1) is judged as the IPv4 address that it is.
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') {
    return false;
  }
  if (isV6(parsed) && !parsed.match(GLOBAL_UNICAST_V6)) {
    return false;
  }
  return !EXTRA_BLOCKS.some(
    ([network, bits]) => network.kind() === parsed.kind() && parsed.match([network, bits]),
  );
}

/** True for 127.0.0.0/8 and ::1, in any notation. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/** True for a URL's host name that means this machine: localhost, 127.0.0.0/8 or ::1. */
export function isLoopbackHost(hostname: string): boolean {
  const host = bareHost(hostname);
  return host === 'localhost' || isLoopbackAddress(host);
}

/**
 * Judges a URL that a caller gave us by its text alone. A name that passes may
 * still resolve to a private address: adapters/guarded-http.ts checks that when
 * it connects.
 *
 * @param text The URL as it was given.
 * @param options.allowLoopbackHttp Also lets http and https URLs of this very
 *   machine through, on any port. For running on a laptop; never set in AWS.
 */
export function vetPublicUrl(
  text: string,
  options: { allowLoopbackHttp?: boolean } = {},
): UrlVerdict {
  if (text.length > MAX_URL_LENGTH) {
    return refused(`is longer than ${MAX_URL_LENGTH} characters`);
  }
  // The URL parser drops or rewrites these, so that the text would not say where it leads.
  if (/[\s\\\p{Cc}]/u.test(text)) {
    return refused('has white space, a control character or a backslash');
  }
  const url = URL.parse(text);
  if (url === null) {
    return refused('is not a URL');
  }
  if (url.username !== '' || url.password !== '') {
    return refused('carries a user name or password');
  }
  if (
    options.allowLoopbackHttp === true &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    isLoopbackHost(url.hostname)
  ) {
    return { ok: true, url };
  }
  if (url.protocol !== 'https:') {
    return refused('does not begin with https://');
  }
  // The parser leaves the port empty where it is the scheme's own, 443.
  if (url.port !== '') {
    return refused('names a port other than 443');
  }
  return vetHost(url);
}

function vetHost(url: URL): UrlVerdict {
  const host = bareHost(url.hostname);
  // The parser has already turned 0x7f.1, 2130706433 and 0177.0.0.1 into 127.0.0.1.
  if (ipaddr.isValid(host)) {
    return refused('names an IP address instead of a host');
  }
  if (!host.includes('.')) {
    return refused('names a host without a domain');
  }
  if (INTERNAL_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))) {
    return refused('names a host of a private network');
  }
  return { ok: true, url };
}

/** Without the brackets of an IPv6 literal and the dot that makes a name absolute. */
function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function isV6(address: ipaddr.IPv4 | ipaddr.IPv6): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6';
}

function refused(reason: string): UrlVerdict {
  return { ok: false, reason: `the URL ${reason}` };
}
