import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ImageFormat } from '../model/volume-type';

/** What a local image's own header says. */
export type ImageHeader =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'read';
      readonly qcow2: boolean;
      readonly virtualSize: number;
      readonly hasBackingFile: boolean;
    };

const QCOW2_MAGIC = 0x514649fb;

/** Reads a local image's header (the qcow2 format is QEMU's, docs/interop/qcow2.txt); nothing else of it is read. */
export function readImageHeader(path: string): ImageHeader {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable', why: message };
  }
  try {
    const header = Buffer.alloc(32);
    const read = readSync(file, header, 0, header.length, 0);
    const qcow2 = read === header.length && header.readUInt32BE(0) === QCOW2_MAGIC;
    return {
      kind: 'read',
      qcow2,
      virtualSize: qcow2 ? Number(header.readBigUInt64BE(24)) : fstatSync(file).size,
      hasBackingFile: qcow2 && header.readBigUInt64BE(8) !== 0n,
    };
  } catch (error) {
    return { kind: 'unreadable', why: (error as Error).message };
  } finally {
    closeSync(file);
  }
}

/** What keeps an image from being used, one message each. */
export function imageProblems(who: string, path: string, format: ImageFormat, header: ImageHeader): string[] {
  if (header.kind === 'missing') return [];
  if (header.kind === 'unreadable') return [`${who}: image ${path} cannot be read: ${header.why}`];
  if (format === 'qcow2' && !header.qcow2) {
    return [
      `${who}: image ${path} is not qcow2: convert it with "qemu-img convert -O qcow2", or say format: 'raw'`,
    ];
  }
  if (header.hasBackingFile && format === 'qcow2') {
    return [
      `${who}: image ${path} has a backing file, which a base must not have: flatten it with "qemu-img convert -O qcow2"`,
    ];
  }
  return [];
}
