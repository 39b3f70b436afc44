import type { PreparedBase, PreparedVolume } from './prepared-base';
import { formatSize } from './size';

/** The names that a piece of code has for what it does not declare itself. */
export interface CodeNames {
  /** The variable that gets the base; left out for a statement without one. */
  readonly variable: string;
  /** The construct that the base is a part of. */
  readonly scope: string;
  readonly host: string;
  /** What regraft's `Base` is called. */
  readonly base: string;
  /** What regraft's `Volume` is called. */
  readonly volume: string;
}

/** The names of the README's example. */
export function usualNames(base: string): CodeNames {
  return { variable: variableName(base), scope: 'stack', host: 'host', base: 'Base', volume: 'Volume' };
}

/** The TypeScript that declares a prepared base, ending with a line break. */
export function baseCode({ name, volumes }: PreparedBase, names: CodeNames): string {
  const { variable, scope, host, base, volume } = names;
  const several = volumes.filter(({ type }) => type === 'system').length > 1;
  return [
    `const ${variable} = ${base}.existing(${scope}, '${name}', {`,
    host === 'host' ? '  host,' : `  host: ${host},`,
    '  volumes: {',
    ...volumes.map(
      (one) => `    ${propertyName(one.name)}: ${volume}.${one.type}({ ${propsOf(one, several)} }),`,
    ),
    '  },',
    '});',
    '',
  ].join('\n');
}

/** A name as a variable, such as `debian13` for `debian-13`. */
export function variableName(name: string): string {
  const words = name.split(/[-_]/);
  return words.map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('');
}

function propsOf({ type, bus, size, boot, file, sha256, seed }: PreparedVolume, several: boolean): string {
  return [
    ...(file === undefined ? [] : ['existing: true']),
    `size: '${formatSize(size)}'`,
    ...(bus === 'virtio' ? [] : [`bus: '${bus}'`]),
    ...(several && boot ? ['boot: true'] : []),
    ...(sha256 === undefined || type === 'data' ? [] : [`sha256: '${sha256}'`]),
    ...(seed === undefined ? [] : [`seed: '${seed}'`]),
  ].join(', ');
}

function propertyName(name: string): string {
  return /^[a-z]\w*$/i.test(name) ? name : `'${name}'`;
}
