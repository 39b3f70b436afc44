import { createHash } from 'node:crypto';

/** A machine's UUID, derived from pool and clone name, so that a machine that is made anew keeps its identity. */
export function cloneUuid(pool: string, clone: string): string {
  const bytes = digest('uuid', pool, clone).subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80; // version 8: made by the application's own rule (RFC 9562)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The MAC address of a clone's network interface in QEMU's range `52:54:00`, derived like {@link cloneUuid}. */
export function cloneMac(pool: string, clone: string, index: number): string {
  const [a, b, c] = digest('mac', pool, clone, String(index));
  return ['52', '54', '00', ...[a, b, c].map((byte) => byte!.toString(16).padStart(2, '0'))].join(':');
}

/** A WWN (NAA 5, locally made) for a disk that the guest finds by it. */
export function diskWwn(pool: string, clone: string, volume: string): string {
  return `5${digest('wwn', pool, clone, volume).toString('hex').slice(0, 15)}`;
}

function digest(...parts: string[]): Buffer {
  return createHash('sha256')
    .update(['regraft', ...parts].join('/'))
    .digest();
}
