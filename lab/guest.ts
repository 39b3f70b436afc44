import { existsSync, readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from './lab';
import { readSetup } from './setup';

/** An operating system version that the lab has an image of. */
export type GuestVersion = 'v1' | 'v2';

/** What the guest found on one disk when it booted, this boot included. */
export interface GuestVolume {
  /** The kernel's name, such as `vda`. */
  readonly device: string;
  /** The disk's serial (virtio keeps the first 20 characters), or the device where it has none. */
  readonly name: string;
  /** The disk's size. */
  readonly bytes: number;
  /** `ext4`, `vfat`, or `unknown`, which the guest leaves alone. */
  readonly filesystem: string;
  /** Whether the guest could use the disk; the properties below are there only when it could. */
  readonly mounted: boolean;
  /** Whether this is the first boot that this disk has seen. */
  readonly fresh?: boolean;
  /** How many boots this disk has seen. */
  readonly boots?: number;
  /** `VERSION:UUID`, written at the disk's first boot and never again. */
  readonly marker?: string;
  /** The operating system of every boot that this disk has seen, the oldest first. */
  readonly history?: readonly string[];
  /** The notes that {@link writeNote} left on this disk, the oldest first. */
  readonly notes?: readonly string[];
}

/** The guest has booted and read its volumes. */
export interface GuestBoot {
  readonly event: 'boot';
  readonly os: GuestVersion;
  /** The UUID that the firmware tells, which is the domain's. */
  readonly machine: string;
  readonly volumes: readonly GuestVolume[];
}

/** One line that the guest said on its serial console. */
export type GuestEvent =
  | GuestBoot
  | { readonly event: 'ready'; readonly os: GuestVersion }
  | { readonly event: 'written'; readonly os: GuestVersion; readonly volume: string; readonly note: string }
  | { readonly event: 'shutdown'; readonly os: GuestVersion; readonly by: string }
  | { readonly event: 'problem'; readonly os: GuestVersion; readonly what: string };

/** The path of the system image of `version`, built by setup. */
export function guestImage(version: GuestVersion): string {
  const path = join(readSetup().guestFolder, `regraft-guest-${version}.qcow2`);
  if (!existsSync(path))
    throw new Error(`there is no guest image at ${path}; build it with: node scripts/setup.mjs`);
  return path;
}

/** All that a guest has said in a serial log, the oldest first; a line that is still being written is left out. */
export function readConsole(logFile: string): GuestEvent[] {
  return existsSync(logFile) ? parseConsole(readFileSync(logFile, 'utf8')) : [];
}

/** The guest's own lines among all that firmware, boot loader and kernel say on a serial console. */
export function parseConsole(text: string): GuestEvent[] {
  return [...text.matchAll(/regraft-guest: (\{.*\})\s*?\n/g)].map(
    (match) => JSON.parse(match[1]!) as GuestEvent,
  );
}

/** How {@link waitForEvent} waits. */
export interface WaitOptions {
  /**
   * How many events of this kind to skip, so that an append-only log can be read over many boots.
   * @default 0
   */
  readonly skip?: number;
  /**
   * How long to wait, in milliseconds.
   * @default 60000
   */
  readonly timeout?: number;
}

/** Waits until the guest has said an event of this kind in the serial log, and returns it. */
export async function waitForEvent<Kind extends GuestEvent['event']>(
  logFile: string,
  kind: Kind,
  options: WaitOptions = {},
): Promise<Extract<GuestEvent, { event: Kind }>> {
  const { skip = 0, timeout = 60_000 } = options;
  const end = Date.now() + timeout;
  for (;;) {
    const found = readConsole(logFile).filter((event) => event.event === kind)[skip];
    if (found) return found as Extract<GuestEvent, { event: Kind }>;
    if (Date.now() > end) {
      const text = await readFile(logFile, 'utf8').catch(() => '(there is no such file)');
      throw new Error(
        `the guest did not say '${kind}' (number ${skip + 1}) within ${timeout / 1000} s; the end of ${logFile}:\n${text.slice(-2000)}`,
      );
    }
    await sleep(100);
  }
}

/** Has a running guest write a line on one of its volumes and waits until it is on the disk. */
export async function writeNote(
  lab: Lab,
  domain: string,
  logFile: string,
  volume: string,
  note: string,
): Promise<void> {
  const skip = readConsole(logFile).filter((event) => event.event === 'written').length;
  // A slave terminal of QEMU's is on the same devpts outside of the lab.
  const terminal = await open((await lab.virsh('ttyconsole', domain)).trim(), 'w');
  try {
    await terminal.write(`write ${volume} ${note}\n`);
    // QEMU reads the line only while the terminal is open.
    const written = await waitForEvent(logFile, 'written', { skip, timeout: 20_000 });
    if (written.volume !== volume)
      throw new Error(`asked for a note on ${volume}, the guest wrote on ${written.volume}`);
  } finally {
    await terminal.close();
  }
}
