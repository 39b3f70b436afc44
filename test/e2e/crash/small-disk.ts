import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** A small file system in a file, which a test fills. */
export class SmallDisk {
  private readonly folder = mkdtempSync('/tmp/regraft-disk-');
  /** Where it is mounted. */
  readonly path = join(this.folder, 'mounted');

  constructor(bytes: number) {
    const image = join(this.folder, 'image');
    const file = openSync(image, 'w');
    ftruncateSync(file, bytes);
    closeSync(file);
    execFileSync('mkfs.ext4', ['-q', '-m', '0', image]);
    mkdirSync(this.path);
    execFileSync('mount', ['-o', 'loop', image, this.path]);
  }

  /** Fills it, but for some bytes. */
  fill(left: number): void {
    const { bavail, bsize } = statfsSync(this.path);
    writeFileSync(join(this.path, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - left), 1));
  }

  /** Makes the room that {@link fill} took free again. */
  empty(): void {
    rmSync(join(this.path, 'filler'));
  }

  remove(): void {
    execFileSync('umount', [this.path]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
