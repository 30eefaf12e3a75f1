import { createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';

export interface StageBucketOptions {
  /** Loopback; the driver takes it from `AWS_ENDPOINT_URL_S3`, since what a PUT is told is HTTPS always. */
  readonly endpoint: string;
  readonly name: string;
}

/** Where a PUT goes, as the service tells the driver. */
export interface BucketUpload {
  readonly stageInfo: Readonly<Record<string, unknown>>;
  /** What the driver encrypts the file with before it leaves the machine. */
  readonly encryptionMaterial: Readonly<Record<string, unknown>>;
}

const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'stage', secretAccessKey: 'stage' };

/** A bucket that holds the files of internal stages, each sealed with a key that the account's key opens. */
export class StageBucket {
  readonly #client: S3Client;
  readonly #name: string;
  readonly #masterKey = randomBytes(16);

  constructor({ endpoint, name }: StageBucketOptions) {
    this.#name = name;
    this.#client = new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials: CREDENTIALS });
  }

  /** `prefix` ends with `/`. */
  upload(prefix: string): BucketUpload {
    return {
      stageInfo: {
        locationType: 'S3',
        location: `${this.#name}/${prefix}`,
        path: prefix,
        region: REGION,
        isClientSideEncrypted: true,
        creds: {
          AWS_KEY_ID: CREDENTIALS.accessKeyId,
          AWS_SECRET_KEY: CREDENTIALS.secretAccessKey,
          AWS_TOKEN: 'token',
        },
      },
      encryptionMaterial: {
        queryStageMasterKey: this.#masterKey.toString('base64'),
        queryId: randomUUID(),
        smkId: 1,
      },
    };
  }

  /** Makes the files below `directory` those below `prefix`, opened. */
  async mirror(prefix: string, directory: string): Promise<void> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    for (const key of await this.#keys(prefix)) {
      const file = path.join(directory, key.slice(prefix.length));
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, await this.#open(key));
    }
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#name, Key: key }));
  }

  async removeAll(prefix: string): Promise<void> {
    for (const key of await this.#keys(prefix)) await this.remove(key);
  }

  close(): void {
    this.#client.destroy();
  }

  async #keys(prefix: string): Promise<readonly string[]> {
    const keys: string[] = [];
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#name, Prefix: prefix });
    for await (const { Contents: objects = [] } of pages)
      keys.push(...objects.map(({ Key: key = '' }) => key));
    return keys;
  }

  async #open(key: string): Promise<Buffer> {
    const place = { Bucket: this.#name, Key: key };
    const { Metadata: sealed = {} } = await this.#client.send(new HeadObjectCommand(place));
    const { Body: body } = await this.#client.send(new GetObjectCommand(place));
    const bytes = (await body?.transformToByteArray()) ?? new Uint8Array();
    const base64 = (name: string): Buffer => Buffer.from(sealed[name] ?? '', 'base64');
    const opener = createDecipheriv('aes-128-ecb', this.#masterKey, null);
    const fileKey = Buffer.concat([opener.update(base64('x-amz-key')), opener.final()]);
    const decipher = createDecipheriv('aes-128-cbc', fileKey, base64('x-amz-iv'));
    return Buffer.concat([decipher.update(bytes), decipher.final()]);
  }
}
