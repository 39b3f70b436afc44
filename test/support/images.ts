import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with disk images of a few kilobytes, gone with {@link ImageFolder.remove}. */
export class ImageFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'regraft-images-'));

  /** A blank qcow2 image of a virtual size, on a backing file if one is named. */
  qcow2(name: string, size: string, backing?: string): string {
    const path = join(this.path, name);
    const backed = backing === undefined ? [] : ['-b', backing, '-F', 'qcow2'];
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...backed, path, size]);
    return path;
  }

  /** A file that is no qcow2 image. */
  raw(name: string, bytes = 4096): string {
    const path = join(this.path, name);
    writeFileSync(path, Buffer.alloc(bytes, 'regraft'));
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
