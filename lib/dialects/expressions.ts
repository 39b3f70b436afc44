import { overlayFilePrefix } from '../model/file-names';
import type { Overlay } from '../model/clone';

/**
 * An overlay's file name: it ends in the time of the plan that makes it.
 *
 * So the name is known in the plan, is new each time that one is made, and says when that was. Resources ignore
 * changes of `name`, so it never changes by itself.
 */
export function overlayFileName(clone: string, { volume, base }: Overlay): string {
  return `${overlayFilePrefix(clone, volume, base.name)}${PLAN_TIME}.qcow2`;
}

/** The time of the plan, `YYYYMMDDhhmmss` in UTC, as a Terraform expression. */
export const PLAN_TIME = '${formatdate("YYYYMMDDhhmmss", plantimestamp())}';

/** Lifecycle of what must not go: the plan fails when its key leaves the `for_each`. */
export const GUARDED = { prevent_destroy: true } as const;

/**
 * Lifecycle of what is in the archive: without the guard, so that a purge is possible; but a file name is said once.
 * The archive of a clone whose `data` leaves the code would be made anew otherwise, and nothing would stop that.
 */
export const ARCHIVED = { ignore_changes: ['name'] } as const;

/** Lifecycle of overlays: made before the old ones are deleted, named once. */
export const OVERLAY_LIFECYCLE = { create_before_destroy: true, ignore_changes: ['name'] } as const;
