import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ImageHeader } from '../model/image-header';
import { headerProblems, IMAGE_HEADER, parseImageHeader } from '../model/image-header';
import type { ImageFormat } from '../model/volume-type';

/** What there is of a local image. */
export type ImageFile =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | ({ readonly kind: 'read' } & ImageHeader);

/** Reads a local image's header as the format that the code says; nothing else of it is read. */
export function readImageHeader(path: string, format: ImageFormat): ImageFile {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable', why: message };
  }
  try {
    const header = Buffer.alloc(IMAGE_HEADER);
    const read = readSync(file, header, 0, header.length, 0);
    return { kind: 'read', ...parseImageHeader(header.subarray(0, read), fstatSync(file).size, format) };
  } catch (error) {
    return { kind: 'unreadable', why: (error as Error).message };
  } finally {
    closeSync(file);
  }
}

/** What keeps an image from being used, one message each. */
export function imageProblems(who: string, path: string, format: ImageFormat, image: ImageFile): string[] {
  if (image.kind === 'missing') return [];
  if (image.kind === 'unreadable') return [`${who}: image ${path} cannot be read: ${image.why}`];
  return headerProblems(path, format, image).map((problem) => `${who}: ${problem}`);
}
