import { describe, expect, it } from 'vitest';
import { type Json, cli, jsonEndOf } from '../cli/support.js';
import { S3World, events, usePlace, users } from './support.js';

const place = usePlace();

describe('heapload check of a bucket', () => {
  it('asks four questions of the bucket and three of the warehouse', async () => {
    const s3 = await S3World.create(place().proxy.address, { source: { prefix: 'heap/' } });
    try {
      await place().put({
        dumpId: 7n,
        prefix: 'heap/',
        tables: [users(1, 2, 'x'), events('click', 1, 4, 'x')],
      });
      const { code, stdout, stderr } = await cli(['check', '-c', s3.world.configFile]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.split('\n').slice(0, 4)).toEqual([
        '✓ source     list s3://heap-rs3-acme-prod/heap/manifests/',
        '✓ source     read the manifest s3://heap-rs3-acme-prod/heap/manifests/sync_7.json',
        '✓ source     find a data file under s3://heap-rs3-acme-prod/heap/sync_',
        '✓ source     read one byte of s3://heap-rs3-acme-prod/heap/sync_7/click/part-00000.avro',
      ]);
      expect(stdout.match(/✓ warehouse/g)).toHaveLength(3);
      expect(place().proxy.requests).toHaveLength(4);
    } finally {
      await s3.dispose();
    }
  });

  it('shows the statement that is missing in the policy', async () => {
    place().proxy.add({
      when: (request) => request.query.has('list-type'),
      fault: { kind: 'answer', status: 403, code: 'AccessDenied' },
      times: 10,
    });
    const s3 = await S3World.create(place().proxy.address);
    try {
      const { code, stderr } = await cli(['check', '-c', s3.world.configFile]);
      expect(code).toBe(1);
      expect(stderr).toContain('s3:ListBucket on arn:aws:s3:::heap-rs3-acme-prod is missing');
      expect(stderr).toContain('"Action": "s3:ListBucket"');
    } finally {
      await s3.dispose();
    }
  });

  it('says which bucket there is not, when even its region cannot be found', async () => {
    const s3 = await S3World.create(place().proxy.address, {
      source: { bucket: 'heap-rs3-nobody', region: undefined },
    });
    try {
      const { code, stdout } = await cli(['check', '--json', '-c', s3.world.configFile]);
      expect(code).toBe(1);
      const end = jsonEndOf(stdout);
      expect((end['checks'] as readonly Json[])[0]).toMatchObject({
        part: 'source',
        what: 'reach s3://heap-rs3-nobody',
        ok: false,
        code: 'SOURCE_MISSING',
        message: expect.stringContaining('There is no bucket heap-rs3-nobody') as string,
      });
    } finally {
      await s3.dispose();
    }
  });
});
