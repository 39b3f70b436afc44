import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import type { ProviderGeneration } from 'regraft';
import { Base, ClonePool, LibvirtHost, Rebase, Volume } from 'regraft';
import { guestImage } from '../../lab/guest';
import type { Lab } from '../../lab/lab';

/** The fleet as its code says it: before a rebase, or during one that has no way back. */
export type Stage = 'created' | 'rebased' | 'gone';

/** Where the storage pool of a contestant is. */
export function storageOf(lab: Lab, name: string): { name: string; path: string } {
  return { name, path: join(lab.pools, name) };
}

/** Synthesizes one stack of clones of three volumes into a folder that stays, and returns the stack's folder. */
export function synthesizeFleet(
  folder: string,
  { lab, clones, provider, stage }: { lab: Lab; clones: number; provider: ProviderGeneration; stage: Stage },
): string {
  const app = new App({ outdir: folder });
  const stack = new TerraformStack(app, 'fleet');
  new LocalBackend(stack, { path: join(folder, 'fleet.tfstate') });
  const host = new LibvirtHost(stack, 'lab', { uri: lab.uri, storage: storageOf(lab, 'fleet'), provider });
  const base = (version: 'v1' | 'v2'): Base<{ root: 'system'; scratch: 'temporary'; home: 'data' }> =>
    new Base(stack, `guest-${version}`, {
      host,
      retired: stage === 'gone',
      volumes: {
        root: Volume.system({ image: guestImage(version) }),
        scratch: Volume.temporary({ size: '16MiB' }),
        home: Volume.data({ size: '24MiB' }),
      },
    });
  const [v1, v2] = [base('v1'), base('v2')];
  if (stage !== 'gone') {
    const pool = new ClonePool(stack, 'pool', {
      base: v1,
      clones: ClonePool.numbered('clone', clones),
      machine: { vcpus: 1, memory: '64MiB', accelerator: 'qemu' },
    });
    if (stage === 'rebased') new Rebase(stack, 'to-v2', { pool, to: v2, retain: false });
  }
  app.synth();
  const written = join(folder, 'stacks/fleet');
  if (stage === 'gone') unguard(join(written, 'cdk.tf.json'));
  return written;
}

/** The libvirt dialects guard data against what the bench does at its end: no plan of theirs destroys it. */
function unguard(file: string): void {
  const guarded = readFileSync(file, 'utf8');
  writeFileSync(file, guarded.replaceAll(/"prevent_destroy": *true/g, '"prevent_destroy": false'));
}

/** A folder of its own that {@link remove} takes away. */
export function workFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync('/tmp/regraft-bench-');
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
