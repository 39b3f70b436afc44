import { isAbsolute, join, relative, resolve } from 'node:path';
import { App, TerraformStack, Token } from 'cdktf';
import type { Construct } from 'constructs';

/** Whether an image is a local file that can be looked at now: not a URL, and not a value that only Terraform will know. */
export function isLocalFile(image: string): boolean {
  return !/^https?:\/\//i.test(image) && !Token.isUnresolved(image);
}

/**
 * Where Terraform finds an image.
 *
 * Terraform runs in the stack's folder below `cdktf.out`, so a path inside the project is written relative to that:
 * every checkout synthesizes the same bytes. A path outside of the project stays absolute.
 */
export function imageLocation(scope: Construct, image: string): string {
  if (!isLocalFile(image)) return image;
  const absolute = resolve(image);
  const fromProject = relative(process.cwd(), absolute);
  if (fromProject.startsWith('..') || isAbsolute(fromProject)) return absolute;
  const stackFolder = join(resolve(App.of(scope).outdir), 'stacks', TerraformStack.of(scope).node.id);
  return relative(stackFolder, absolute);
}
