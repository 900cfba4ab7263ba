import { describe, expect, it } from '@jest/globals';
import { isLoopbackAddress, isPublicAddress, vetPublicUrl } from '../../../contracts/public-url.ts';

describe('isPublicAddress', () => {
  it.each([
    ['a public resolver', '8.8.8.8'],
    ['the last address before 10/8', '9.255.255.255'],
    ['the first address after 10/8', '11.0.0.0'],
    ['the address before carrier-grade NAT', '100.63.255.255'],
    ['the address after carrier-grade NAT', '100.128.0.0'],
    ['the address before loopback', '126.255.255.255'],
    ['the address before link-local', '169.253.255.255'],
    ['the address after link-local', '169.255.0.0'],
    ['the address before 172.16/12', '172.15.255.255'],
    ['the address after 172.16/12', '172.32.0.0'],
    ['the address after 192.168/16', '192.169.0.0'],
    ['the neighbour of the Azure host agent', '168.63.129.17'],
    ['a public IPv6 resolver', '2606:4700:4700::1111'],
    ['public IPv4 mapped into IPv6', '::ffff:8.8.8.8'],
  ])('takes %s (%s)', (_label, address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ['the unspecified address', '0.0.0.0'],
    ['the rest of "this network"', '0.1.2.3'],
    ['loopback', '127.0.0.1'],
    ['the end of loopback', '127.255.255.254'],
    ['private 10/8', '10.0.0.1'],
    ['private 172.16/12, first', '172.16.0.0'],
    ['private 172.16/12, last', '172.31.255.255'],
    ['private 192.168/16', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['EC2 instance metadata', '169.254.169.254'],
    ['ECS task credentials', '169.254.170.2'],
    ['IETF protocol assignments', '192.0.0.1'],
    ['documentation 1', '192.0.2.1'],
    ['documentation 2', '198.51.100.1'],
    ['documentation 3', '203.0.113.1'],
    ['6to4 relays', '192.88.99.1'],
    ['benchmarking', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved 240/4', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['the Azure host agent', '168.63.129.16'],
    ['IPv6 unspecified', '::'],
    ['IPv6 loopback', '::1'],
    ['loopback mapped into IPv6', '::ffff:127.0.0.1'],
    ['metadata mapped into IPv6', '::ffff:169.254.169.254'],
    ['loopback as IPv4-compatible IPv6', '::127.0.0.1'],
    ['the same in hexadecimal', '::7f00:1'],
    ['loopback translated by RFC 6145', '::ffff:0:127.0.0.1'],
    ['loopback behind NAT64', '64:ff9b::7f00:1'],
    ['loopback behind local NAT64', '64:ff9b:1::7f00:1'],
    ['loopback behind 6to4', '2002:7f00:1::'],
    ['Teredo', '2001::1'],
    ['an unnamed part of 2001::/23', '2001:40::1'],
    ['IPv6 documentation', '2001:db8::1'],
    ['newer IPv6 documentation', '3fff::1'],
    ['segment routing', '5f00::1'],
    ['discard-only', '100::1'],
    ['unique local', 'fc00::1'],
    ['EC2 instance metadata over IPv6', 'fd00:ec2::254'],
    ['IPv6 link-local', 'fe80::1'],
    ['IPv6 link-local with a zone', 'fe80::1%eth0'],
    ['IPv6 site-local', 'fec0::1'],
    ['IPv6 multicast', 'ff02::1'],
    ['IPv6 space never handed out', '4000::1'],
    ['a host name', 'example.com'],
    ['nothing', ''],
  ])('refuses %s (%s)', (_label, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('isLoopbackAddress', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('knows %s', (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  });
  it.each(['8.8.8.8', '10.0.0.1', '::', 'localhost'])('does not take %s for one', (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  });
});

describe('vetPublicUrl', () => {
  it.each([
    'https://media.example.com/talk.mp4',
    'https://media.example.com:443/talk.mp4?signature=a%2Fb',
    'https://bücher.example/ä.mp3',
    'https://media.example.com./talk.mp4',
    'https://localhost.example.com/',
    'https://my-internal.example.com/',
  ])('lets %s through', (text) => {
    expect(vetPublicUrl(text)).toMatchObject({ ok: true, url: new URL(text) });
  });

  it.each([
    ['plain http', 'http://media.example.com/talk.mp4', 'https'],
    ['file', 'file:///etc/passwd', 'https'],
    ['ftp', 'ftp://media.example.com/talk.mp4', 'https'],
    ['data', 'data:text/plain,hello', 'https'],
    ['no scheme', 'media.example.com/talk.mp4', 'not a URL'],
    ['a user name', 'https://user@media.example.com/', 'user name'],
    ['a password', 'https://:secret@media.example.com/', 'password'],
    ['another port', 'https://media.example.com:8443/', 'port'],
    ['an IPv4 host', 'https://8.8.8.8/', 'IP address'],
    ['a decimal host', 'https://2130706433/', 'IP address'],
    ['a hexadecimal host', 'https://0x7f000001/', 'IP address'],
    ['an octal host', 'https://0177.0.0.1/', 'IP address'],
    ['a short host', 'https://127.1/', 'IP address'],
    ['a mixed host', 'https://0x7f.1/', 'IP address'],
    ['full-width digits', 'https://127.0.0.1/', 'IP address'],
    ['a percent-encoded host', 'https://%31%32%37.0.0.1/', 'IP address'],
    ['an IPv4 host with a final dot', 'https://127.0.0.1./', 'IP address'],
    ['an IPv6 host', 'https://[2606:4700:4700::1111]/', 'IP address'],
    ['IPv6 loopback', 'https://[::1]/', 'IP address'],
    ['IPv4 mapped into IPv6', 'https://[::ffff:127.0.0.1]/', 'IP address'],
    ['localhost', 'https://localhost/', 'without a domain'],
    ['localhost with a final dot', 'https://localhost./', 'without a domain'],
    ['a name under localhost', 'https://app.localhost/', 'private network'],
    ['a single label', 'https://intranet/', 'without a domain'],
    ['an mDNS name', 'https://printer.local/', 'private network'],
    ['a VPC name', 'https://ip-10-0-0-1.ec2.internal/', 'private network'],
    ['the GCP metadata name', 'https://METADATA.google.INTERNAL/', 'private network'],
    ['a home network name', 'https://router.home.arpa/', 'private network'],
    ['a leading space', ' https://media.example.com/', 'white space'],
    ['a newline inside', 'https://media.exa\nmple.com/', 'white space'],
    ['backslashes', 'https:\\\\media.example.com\\', 'backslash'],
    ['too many characters', `https://media.example.com/${'a'.repeat(5_000)}`, 'longer'],
    ['nothing', '', 'not a URL'],
  ])('refuses %s', (_label, text, reason) => {
    expect(vetPublicUrl(text)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it.each(['http://127.0.0.1:8080/hook', 'http://localhost:3000/', 'https://[::1]:9000/'])(
    'lets %s through only where loopback is allowed',
    (text) => {
      expect(vetPublicUrl(text).ok).toBe(false);
      expect(vetPublicUrl(text, { allowLoopbackHttp: true }).ok).toBe(true);
    },
  );

  it.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://media.example.com/',
    'https://media.example.com:8443/',
    'http://0.0.0.0/',
    'http://user@127.0.0.1/',
    'ftp://127.0.0.1/',
  ])('refuses %s even where loopback is allowed', (text) => {
    expect(vetPublicUrl(text, { allowLoopbackHttp: true }).ok).toBe(false);
  });
});
