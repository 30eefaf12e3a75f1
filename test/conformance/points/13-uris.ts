import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BUCKET } from '../../../scripts/support/dump-writer.js';
import { type Bench, editManifest, place, runBadly, runWell } from '../bench.js';
import { click, clicks, dump, full } from '../data.js';
import { avroFile } from '../../../scripts/support/avro-writer.js';

const TWO = dump(
  1n,
  full('click', { ...clicks([1n, 'a']), name: 'a.avro' }),
  full('other', clicks([2n, 'b'])),
);

export function uris(bench: Bench): void {
  describe('13. URIs', () => {
    it('13. a URI of another bucket is an error that names both, and what to set', async () => {
      const world = await bench.world({ source: { bucket: DEFAULT_BUCKET } });
      await world.write(TWO);
      await editManifest(world, 1n, ({ tables }) => {
        tables.forEach(
          (table) => table.name === 'click' && (table.files = ['s3://elsewhere/sync_1/click/a.avro']),
        );
      });
      const { result } = await runBadly(world, ['1 click URI_FOREIGN']);
      const error = result.failures[0]?.error;
      expect(error?.message).toContain('"elsewhere"');
      expect(error?.message).toContain(DEFAULT_BUCKET);
      expect(error?.hint).toContain('source.bucket_aliases: ["elsewhere"]');
      expect(await world.rows('other', 'event_id')).toEqual([click(2n, 'b')]);
      await runWell(
        await world.reconfigured({ source: { bucket: DEFAULT_BUCKET, bucket_aliases: ['elsewhere'] } }),
      );
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
    });

    it('13. bucket_aliases lists several names, each exactly', async () => {
      const overrides = { source: { bucket: 'ours', bucket_aliases: ['theirs', 'third'] } };
      const world = await bench.world(overrides);
      await world.write(
        ...['ours', 'theirs', 'third', 'thirds', 'OURS'].map((bucket, n) => ({
          ...dump(BigInt(n + 1), full(`t${n}`, clicks([1n, bucket]))),
          bucket,
        })),
      );
      await runBadly(world, ['4 t3 URI_FOREIGN', '5 t4 URI_FOREIGN']);
      expect(await world.rows('t2', 'event_id')).toEqual([click(1n, 'third')]);
    });

    for (const uri of [
      's3://bucket/../secret.avro',
      's3://bucket/sync_1/../../secret.avro',
      's3://bucket//etc/secret.avro',
      '../secret.avro',
      '/etc/secret.avro',
      'file:///etc/secret.avro',
      's3://bucket/sync_1/click/..',
    ]) {
      it(`13. ${uri} never leaves the directory`, async () => {
        const world = await bench.world();
        await world.write(TWO);
        await place(world, '../secret.avro', avroFile(clicks([666n, 'secret'])));
        await editManifest(world, 1n, ({ tables }) => {
          tables.forEach((table) => table.name === 'click' && (table.files = [uri]));
        });
        await runBadly(world, ['1 click URI_FOREIGN']);
        expect(await world.rows('other', 'event_id')).toEqual([click(2n, 'b')]);
      });
    }

    it('13. a link that leads out of the directory is not followed', async () => {
      const world = await bench.world();
      await world.write(TWO);
      await place(world, '../secret.avro', avroFile(clicks([666n, 'secret'])));
      await mkdir(path.join(world.root, 'sync_1/click'), { recursive: true });
      await symlink(path.join(world.root, '../secret.avro'), path.join(world.root, 'sync_1/click/link.avro'));
      await editManifest(world, 1n, ({ tables }) => {
        tables.forEach(
          (table) => table.name === 'click' && (table.files = ['s3://bucket/sync_1/click/link.avro']),
        );
      });
      await runBadly(world, ['1 click URI_FOREIGN']);
    });

    it('13. percent signs, plus and spaces of a key are what they are', async () => {
      const names = ['a%20b.avro', 'a+b.avro', 'a b.avro', 'é#?.avro', "it's.avro"];
      const world = await bench.loaded(
        {},
        dump(1n, full('click', ...names.map((name, n) => ({ ...clicks([BigInt(n), name]), name })))),
      );
      expect((await world.rows('click', 'event_id')).map((row) => row['label'])).toEqual(names);
      expect((await world.rows('_heapload_files', 'file_index')).map((row) => row['file_key'])).toEqual(
        names.map((name) => `sync_1/click/${name}`),
      );
    });
  });
}
