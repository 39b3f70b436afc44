import { MAX_NAME_LENGTH, nameProblem } from '../model/names';

/** Ravada's words in the names of files (UPC/ravada, `Ravada::Volume`): swap and temporary volumes are reset, data is kept. */
const RAVADA = { SWAP: 'temporary', TMP: 'temporary', DATA: 'data' } as const;

/** What the name of a file says of its volume, by Ravada's convention `NAME.SWAP.qcow2`. */
export function saidByName(
  file: string,
): { readonly type: 'temporary' | 'data'; readonly name: string } | undefined {
  const [, word] = /\.(SWAP|TMP|DATA)\.\w+$/.exec(file) ?? [];
  return word === undefined
    ? undefined
    : { type: RAVADA[word as keyof typeof RAVADA], name: word.toLowerCase() };
}

/**
 * A base's name out of the name of its file.
 *
 * Ravada's is `NAME-vda.ro.qcow2`, vagrant-libvirt's `BOX_vagrant_box_image_VERSION_box.img`.
 */
export function baseNameOf(file: string): string {
  const [, box, version] = /^(.+)_vagrant_box_image_(.+?)(?:_[^_]*)?\.img$/.exec(file) ?? [];
  if (box !== undefined) return asName(`${box.replaceAll('-VAGRANTSLASH-', '-')}-${version}`, 'base');
  const stem = file
    .replace(/\.(qcow2|img|raw)$/i, '')
    .replace(/\.ro$|\.base$/, '')
    .replace(/-(vd|sd|hd)[a-z]$/, '');
  return asName(stem, 'base');
}

/** A clone pool's name: what the names of its clones begin with, else that of its base. */
export function poolNameOf(clones: readonly string[], base: string): string {
  const [first = '', ...others] = clones;
  const common = others.reduce((prefix, name) => {
    let length = 0;
    while (length < prefix.length && prefix[length] === name[length]) length++;
    return prefix.slice(0, length);
  }, first);
  const prefix = common.replace(/[-_.\d]+$/, '');
  return clones.length > 1 && prefix.length >= 3 ? asName(prefix, 'pool') : asName(`${base}-clones`, 'pool');
}

/** A text as a name that regraft takes. */
export function asName(text: string, otherwise: string): string {
  const plain = text
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MAX_NAME_LENGTH)
    .replace(/-+$/, '');
  const name = /^[a-z]/i.test(plain)
    ? plain
    : `${otherwise}-${plain}`.slice(0, MAX_NAME_LENGTH).replace(/-+$/, '');
  return nameProblem('', name) === undefined ? name : otherwise;
}

/** The name, with a number when it is taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) {
    const next = `${name.slice(0, MAX_NAME_LENGTH - 4)}-${number}`;
    if (!taken.has(next)) return next;
  }
}
