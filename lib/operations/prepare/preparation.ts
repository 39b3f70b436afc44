import { hostname, userInfo } from 'node:os';
import * as z from 'zod';
import { jsonOf } from '../../model/json';
import { preparingFileName } from '../../model/prepared-base';
import { UserError } from '../../model/user-error';
import type { Volumes } from '../../tools/volumes';

const preparation = z.object({
  version: z.literal(1),
  base: z.string(),
  stack: z.string(),
  pool: z.string(),
  clone: z.string(),
  by: z.string(),
  at: z.string(),
  ran: z.boolean(),
  sealed: z.boolean(),
  seeds: z.array(z.string()),
});

/**
 * What is known of a preparation while it is under way, kept as a volume beside those that it makes: whoever comes to
 * the host sees that the base is not whole.
 *
 * `ran` is whether the draft was on before, `seeds` are the local files that it writes.
 */
export type Preparation = z.infer<typeof preparation>;

/** Who is at work, as `USER@MACHINE`. */
export function whoAmI(): string {
  return `${userInfo().username}@${hostname()}`;
}

/**
 * Notes on the host that a base is being prepared, before anything of it is made.
 *
 * @throws UserError with libvirt's words, also when somebody has noted so a moment ago
 */
export async function begin(
  volumes: Volumes,
  content: Omit<Preparation, 'version' | 'by' | 'at'>,
): Promise<void> {
  const whole: Preparation = { version: 1, by: whoAmI(), at: new Date().toISOString(), ...content };
  await volumes.note(preparingFileName(content.base), JSON.stringify(whole));
}

/**
 * The note of a preparation that was begun; `undefined` when it was broken off before it was written, and so before
 * anything else.
 *
 * @throws UserError when it is no note of this regraft's
 */
export async function noted(volumes: Volumes, base: string): Promise<Preparation | undefined> {
  const file = preparingFileName(base);
  const text = await volumes.noted(file);
  if (text === '') return undefined;
  const parsed = preparation.safeParse(jsonOf(text));
  if (parsed.success && parsed.data.base === base) return parsed.data;
  throw new UserError(
    `volume ${file} in storage pool ${volumes.pool} is no note of this regraft: look at it (virsh vol-download), and delete it when no regraft is preparing base ${base}`,
  );
}
