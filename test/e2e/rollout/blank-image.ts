import { execFileSync } from 'node:child_process';
import { guestImage } from '../../../lab/guest';
import type { Lab } from '../../../lab/lab';
import { placeIn } from '../../../lab/project';

/** Makes the image of the base that does not boot, in the size of the guest's. */
export function makeBlankImage(lab: Lab): void {
  const info = execFileSync('qemu-img', ['info', '-U', '--output=json', guestImage('v1')]);
  const { 'virtual-size': size } = JSON.parse(info.toString()) as { 'virtual-size': number };
  execFileSync('qemu-img', ['create', '-qf', 'qcow2', placeIn(lab).images.blank, String(size)]);
}
