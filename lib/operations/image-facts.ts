import { relative } from 'node:path';
import type { VolumeEntry } from '../dialects/guarded-blocks';
import { imageDigest } from '../images/image-digest';
import { readImageHeader } from '../images/image-file';
import { headerProblems } from '../model/image-header';
import type { Manifest } from '../model/manifest';
import { maskedUri } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { ImageFormat } from '../model/volume-type';
import type { ImageFact, Plan } from '../review';
import { effectOf } from '../review/effect';
import type { SynthesizedStack } from '../tools/cdktf';
import { QemuImg } from '../tools/qemu-img';
import { bytesRead } from './bytes-read';
import type { Context } from './context';
import { isUrl, localImage } from './local-image';
import { declaredVolumes } from './repair/stack';
import type { StackContent } from './stacks';

/** What is known of the images that a plan uploads, each looked at once. */
export async function imageFacts(
  plan: Plan,
  manifest: Manifest,
  stack: SynthesizedStack,
  content: StackContent,
  context: Context,
): Promise<ImageFact[]> {
  const facts: ImageFact[] = [];
  for (const upload of uploadsOf(plan, content).values()) {
    const needsDigest = upload.addresses.some((address) => manifest.addresses[address]?.role === 'base');
    facts.push(await factOf(upload, needsDigest, stack, context));
  }
  return facts;
}

interface Upload {
  readonly source: string;
  readonly format: ImageFormat;
  readonly addresses: string[];
}

function uploadsOf({ changes }: Plan, content: StackContent): Map<string, Upload> {
  const declared = declaredVolumes(content);
  const uploads = new Map<string, Upload>();
  for (const { address, actions } of changes) {
    const { source, format } = declared[address] ?? ({} as Partial<VolumeEntry>);
    if (source === undefined || !['create', 'replace'].includes(effectOf(actions))) continue;
    const key = `${format}\n${source}`;
    const upload = uploads.get(key) ?? { source, format: format === 'raw' ? 'raw' : 'qcow2', addresses: [] };
    upload.addresses.push(address);
    uploads.set(key, upload);
  }
  return uploads;
}

async function factOf(
  { source, format, addresses }: Upload,
  needsDigest: boolean,
  stack: SynthesizedStack,
  context: Context,
): Promise<ImageFact> {
  const path = localImage(source, stack);
  if (path === undefined) {
    const image = maskedUri(source);
    const unchecked = isUrl(source)
      ? `nothing of it: it is behind a URL; fetch it first: regraft fetch-image ${image}`
      : 'nothing of it: where it is is known to Terraform only';
    return { addresses, image, problems: [], unchecked };
  }
  const image = relative(context.folder, path).startsWith('..') ? path : relative(context.folder, path);
  const header = readImageHeader(path, format);
  if (header.kind === 'missing')
    return { addresses, image, problems: [], unchecked: 'nothing of it: it is not there' };
  if (header.kind === 'unreadable')
    return { addresses, image, problems: [`image ${image} cannot be read: ${header.why}`] };
  // An image whose own header tells enough is not given to QEMU, which would open the files that it names.
  const told = headerProblems(image, format, header);
  const found = told.length > 0 ? { problems: told } : await inspect(path, image, format, context);
  const sha256 = needsDigest ? await digestOf(path, image, stack.name, context) : undefined;
  const { virtualSize } = header;
  return { addresses, image, virtualSize, ...(sha256 === undefined ? {} : { sha256 }), ...found };
}

async function inspect(
  path: string,
  image: string,
  format: ImageFormat,
  context: Context,
): Promise<Pick<ImageFact, 'problems' | 'unchecked' | 'virtualSize'>> {
  const qemuImg = new QemuImg(context);
  try {
    const found = await qemuImg.info(path, format);
    if ('error' in found) return { problems: [`image ${image} is no ${format} image: ${found.error}`] };
    const { virtualSize, backingFile, dataFile, encrypted, corrupt } = found.info;
    const problems = headerProblems(image, format, {
      claims: format === 'raw' ? 'unknown' : format,
      virtualSize,
      hasBackingFile: backingFile !== undefined,
      hasDataFile: dataFile !== undefined,
      isEncrypted: encrypted,
      isCorrupt: corrupt,
    });
    const damage = await qemuImg.damage(path, format);
    if (damage !== undefined)
      problems.push(
        `image ${image} is corrupt: ${damage}; get it again (qemu-img check -f ${format} tells all)`,
      );
    return { problems, virtualSize };
  } catch (error) {
    context.signal?.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    return { problems: [], unchecked: `only its header: ${error.message}` };
  }
}

async function digestOf(
  path: string,
  image: string,
  stack: string,
  { env, signal, progress }: Context,
): Promise<string | undefined> {
  const onBytes = bytesRead(`SHA-256 of ${image}`, (step) => progress(step, stack));
  return imageDigest(path, { env, onBytes, ...(signal ? { signal } : {}) });
}
