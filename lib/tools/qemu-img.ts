import { resolve } from 'node:path';
import { z } from 'zod';
import { jsonOf } from '../model/json';
import { UserError } from '../model/user-error';
import type { ImageFormat } from '../model/volume-type';
import type { Ended, Surroundings } from './process';
import { run } from './process';

/** What `qemu-img info` says of an image. */
export interface ImageInfo {
  /** The size in bytes that a guest sees. */
  readonly virtualSize: number;
  readonly backingFile?: string;
  readonly dataFile?: string;
  readonly encrypted: boolean;
  readonly corrupt: boolean;
}

/** What an image is found to be: read, or not to be opened as that format, with QEMU's own words. */
export type Inspected = { readonly info: ImageInfo } | { readonly error: string };

/** Milliseconds; a check reads all of an image's tables. */
const TIMEOUT = 10 * 60_000;

const MISSING = 'install it (in Debian: apt-get install qemu-utils)';

const infoJson = z.object({
  'virtual-size': z.number(),
  'backing-filename': z.string().optional(),
  encrypted: z.boolean().optional(),
  'format-specific': z
    .object({
      data: z.object({ corrupt: z.boolean().optional(), 'data-file': z.string().optional() }).optional(),
    })
    .optional(),
});

/** A local image, and its format. */
export interface Image {
  readonly file: string;
  readonly format: ImageFormat;
}

/** `qemu-img` on local images; the format is always said, so that it never probes one. */
export class QemuImg {
  constructor(private readonly surroundings: Surroundings) {}

  /**
   * What an image is.
   *
   * @throws UserError when there is no qemu-img
   */
  async info(path: string, format: ImageFormat): Promise<Inspected> {
    const ended = await this.run(['info', '-U', '--output=json', '-f', format, resolve(path)]);
    if (ended.exitCode !== 0) return { error: wordsOf(ended) };
    const parsed = infoJson.safeParse(jsonOf(ended.stdout));
    if (!parsed.success) return { error: 'qemu-img info printed something that is not its JSON' };
    const { data: specific } = parsed.data['format-specific'] ?? {};
    const [backingFile, dataFile] = [parsed.data['backing-filename'], specific?.['data-file']];
    return {
      info: {
        virtualSize: parsed.data['virtual-size'],
        ...(backingFile === undefined ? {} : { backingFile }),
        ...(dataFile === undefined ? {} : { dataFile }),
        encrypted: parsed.data.encrypted ?? false,
        corrupt: specific?.corrupt ?? false,
      },
    };
  }

  /**
   * What is wrong with an image's own tables; `undefined` when nothing is, or when the format has none.
   *
   * Exit codes of `qemu-img check`: 2 corrupt, 3 leaked clusters (which harm nothing), 63 no check for the format.
   *
   * @throws UserError when there is no qemu-img
   */
  async damage(path: string, format: ImageFormat): Promise<string | undefined> {
    const ended = await this.run(['check', '-q', '-U', '-f', format, resolve(path)]);
    if ([0, 3, 63].includes(ended.exitCode)) return undefined;
    return wordsOf(ended);
  }

  /**
   * Copies an image into another one that stands for itself; what a guest has put into the first bytes of a raw one stays
   * content.
   *
   * @throws UserError with QEMU's words, or when there is no qemu-img
   */
  async convert(from: Image, to: Image): Promise<void> {
    await this.must('convert', '-f', from.format, '-O', to.format, from.file, to.file);
  }

  /**
   * Makes an image larger.
   *
   * @param size the new virtual size in bytes
   * @throws UserError with QEMU's words, also for a size that is smaller
   */
  async grow({ file, format }: Image, size: number): Promise<void> {
    await this.must('resize', '-q', '-f', format, file, String(size));
  }

  /**
   * Finds out that it can be used.
   *
   * @throws UserError when there is no qemu-img
   */
  async find(): Promise<void> {
    await this.run(['--version']);
  }

  private async must(...args: string[]): Promise<void> {
    const ended = await this.run(args, 0);
    if (ended.exitCode !== 0) throw new UserError(`qemu-img ${args[0]} failed: ${wordsOf(ended)}`);
  }

  private run(args: readonly string[], timeout = TIMEOUT): Promise<Ended> {
    return run('qemu-img', args, {
      ...this.surroundings,
      env: { ...this.surroundings.env, LC_ALL: 'C' },
      ...(timeout === 0 ? {} : { timeout }),
      missing: MISSING,
    });
  }
}

/** QEMU's own words: the first line, since a check goes on to name every broken cluster. */
function wordsOf({ stdout, stderr, exitCode }: Ended): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map((line) => line.trim());
  const words = lines.find((line) => line !== '')?.replace(/^(?:qemu-img|ERROR): ?/, '');
  return words ?? `qemu-img ended with exit code ${exitCode}`;
}
