import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaploadError } from '../../../src/errors.js';
import { keyOfUri, type UriRules } from '../../../src/source/uris.js';
import { codeOf, errorOf } from './temp-source.js';

const rules: UriRules = { bucket: 'heap-rs3-acme', aliases: ['customer', 'old.name'] };
const anyBucket: UriRules = { bucket: undefined, aliases: [] };

describe('keyOfUri', () => {
  it.each([
    ['s3://heap-rs3-acme/sync_1/users/a.avro', 'sync_1/users/a.avro'],
    ['s3a://heap-rs3-acme/sync_1/users/a.avro', 'sync_1/users/a.avro'],
    ['s3n://heap-rs3-acme/sync_1/users/a.avro', 'sync_1/users/a.avro'],
    ['S3://heap-rs3-acme/a', 'a'],
    ['s3://customer/a', 'a'],
    ['s3://old.name/a', 'a'],
    ['s3://heap-rs3-acme/a%2Fb%20c%', 'a%2Fb%20c%'],
    ['s3://heap-rs3-acme/a b?c=d#e+f', 'a b?c=d#e+f'],
    ['s3://heap-rs3-acme/a//b/./c', 'a//b/./c'],
    ['s3://heap-rs3-acme/..a/b../...', '..a/b../...'],
    ['s3://heap-rs3-acme/%2e%2e/a', '%2e%2e/a'],
    ['s3://heap-rs3-acme/s3://customer/a', 's3://customer/a'],
    ['s3://heap-rs3-acme/line\nbreak', 'line\nbreak'],
    ['sync_1/users/a.avro', 'sync_1/users/a.avro'],
    ['sync_1/users/a:b.avro', 'sync_1/users/a:b.avro'],
  ])('%j is key %j', (uri, key) => {
    expect(keyOfUri(uri, rules)).toBe(key);
  });

  it.each([
    '',
    '/',
    '/sync_1/a',
    '\\sync_1\\a',
    'a/../b',
    '..',
    's3://heap-rs3-acme',
    's3://heap-rs3-acme/',
    's3://heap-rs3-acme//a',
    's3://heap-rs3-acme/\\a',
    's3://heap-rs3-acme/../a',
    's3://heap-rs3-acme/a/..',
    's3://heap-rs3-acme/a\\..\\b',
    's3://heap-rs3-acme/a\0',
    's3://heap-rs3-acme/\udc00',
    's3:///a',
    's3:/heap-rs3-acme/a',
    's3:heap-rs3-acme/a',
    's3b://heap-rs3-acme/a',
    'https://heap-rs3-acme.s3.amazonaws.com/a',
    'gs://heap-rs3-acme/a',
    'file:///etc/passwd',
    'C:\\dumps\\a',
    's3://other/a',
    's3://HEAP-RS3-ACME/a',
    's3://heap-rs3-acme.evil/a',
    's3://x@heap-rs3-acme/a',
    's3://heap-rs3-acme:80/a',
    ' s3://heap-rs3-acme/../../a',
  ])('%j is refused', async (uri) => {
    expect(await codeOf(() => keyOfUri(uri, rules))).toBe('URI_FOREIGN');
  });

  it('names both buckets and the setting that would allow it', async () => {
    const error = await errorOf(() => keyOfUri('s3://other/a', rules));
    expect(error.message).toContain('"other"');
    expect(error.message).toContain('"heap-rs3-acme"');
    expect(error.hint).toContain('source.bucket_aliases: ["other"]');
  });

  it('takes any bucket when none is configured, but still no key that climbs', async () => {
    expect(keyOfUri('s3://whatever/a/b', anyBucket)).toBe('a/b');
    expect(keyOfUri('s3://../a', anyBucket)).toBe('a');
    for (const uri of ['s3:///a', 's3://whatever', 's3://whatever/../a', 's3://whatever//etc/passwd']) {
      expect(await codeOf(() => keyOfUri(uri, anyBucket))).toBe('URI_FOREIGN');
    }
  });

  it('gives a harmless key or URI_FOREIGN, whatever it is given', () => {
    const piece = fc.constantFrom(
      's3',
      ':',
      '/',
      '//',
      '..',
      '.',
      '\\',
      '%2e',
      '\0',
      'heap-rs3-acme',
      'x',
      's3://heap-rs3-acme/',
      '\ud83d',
      '\n',
    );
    const uri = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 8 }).map((p) => p.join('')),
    );
    fc.assert(
      fc.property(uri, fc.constantFrom(rules, anyBucket), (text, given) => {
        let key: string;
        try {
          key = keyOfUri(text, given);
        } catch (error) {
          expect(error).toMatchObject({ code: 'URI_FOREIGN' });
          expect(error).toBeInstanceOf(HeaploadError);
          return;
        }
        expect(key).not.toBe('');
        expect(key).not.toMatch(/^[/\\]/);
        expect(key.split(/[/\\]/)).not.toContain('..');
        expect(key).not.toContain('\0');
        expect(text.endsWith(key)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives back every ordinary key of the bucket as it is', () => {
    const part = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((p) => !/[/\\\0]/.test(p) && p !== '..');
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('s3', 's3a', 's3n'),
        (parts, scheme) => {
          const key = parts.join('/');
          expect(keyOfUri(`${scheme}://customer/${key}`, rules)).toBe(key);
        },
      ),
    );
  });
});
