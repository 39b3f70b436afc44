import { resolve } from 'node:path';
import type { SynthesizedStack } from '../tools/cdktf';

/**
 * The path of an image that a stack uploads, which Terraform reads from the stack's folder; `undefined` when it is behind
 * a URL, or when only Terraform knows where it is.
 */
export function localImage(source: string | undefined, { folder }: SynthesizedStack): string | undefined {
  if (source === undefined || source === '' || isUrl(source) || /[$%]\{/.test(source)) return undefined;
  return resolve(folder, source);
}

/** Whether an image is behind a URL. */
export function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source);
}
