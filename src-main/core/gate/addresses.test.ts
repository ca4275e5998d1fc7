import { describe, expect, test } from 'vitest';
import { specialAddress } from './addresses.ts';
import { parseTargetHost } from './host.ts';

describe('addresses', () => {
  test.each([
    '1.1.1.1',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.1',
    '2606:4700::1111',
    '64:ff9b::101:101',
    '::ffff:1.1.1.1',
  ])('%s is public', (address) => expect(specialAddress(address)).toBeUndefined());

  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '4000::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
  ])('%s is special', (address) => expect(specialAddress(address)).toBeTypeOf('string'));

  test.each([
    '127.1',
    '2130706433',
    '0177.0.0.1',
    '0x7f.0.0.1',
    'fe80::1%eth0',
    '1.1.1',
    '1.1.1.1.',
    '',
    'localhost',
  ])('%s is no address at all', (address) => expect(specialAddress(address)).toBe('not an IP address'));
});

describe('host spellings', () => {
  test.each([
    ['API.Example.COM', 'api.example.com', undefined],
    ['api.example.com.', 'api.example.com', undefined],
    ['api.example.com:8443', 'api.example.com', 8443],
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['[2606:4700::1111]:443', '2606:4700::1111', 443],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', undefined],
  ])('%s', (text, host, port) => expect(parseTargetHost(text)).toEqual({ host, port }));

  test.each([
    'user@api.example.com',
    'user:pw@api.example.com',
    'api.example.com..',
    'api..example.com',
    '.example.com',
    'bücher.example',
    'ｅxample.com',
    'exa%6dple.com',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '[fe80::1%25eth0]',
    '::1',
    'api.example.com:0',
    'api.example.com:99999',
    'api.example.com:80:90',
    'api.example.com/x',
    'http://api.example.com',
    'api.example.com\u0000',
    '-x.example.com',
    '',
  ])('%j is refused', (text) => expect(parseTargetHost(text)).toBeUndefined());
});
