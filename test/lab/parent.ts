// Starts a lab with a machine in it, says its directory, and waits to be killed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../../lab/lab';
import { machineXml } from './machine';

async function main(): Promise<void> {
  const lab = await Lab.start({ name: 'orphan' });
  const file = join(lab.directory, 'mine.xml');
  writeFileSync(file, machineXml({ name: 'mine', disks: [] }));
  await lab.virsh('create', file);
  console.log(lab.directory);
  setInterval(() => undefined, 1000);
}

void main();
