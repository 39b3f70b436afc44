import { errorAt } from './diagnostics';
import { number, object, text } from './known';
import type { Diagnostic } from './protocol/provider';
import type { ObjectValue } from './protocol/values';

const WORDS = {
  on_busy: ['abort', 'skip', 'force'],
  power: ['restore', 'on', 'off'],
  proof: ['digest', 'metadata', 'none'],
} as const;

const LEAST = { shutdown_timeout: 1, starts_at_once: 1 } as const;

/** Looks at the provider's block without a host; what is unknown yet is looked at when it is known. */
export function validateProvider(config: ObjectValue): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const [name, allowed] of Object.entries(WORDS)) {
    const said = text(config[name]);
    if (said !== undefined && !(allowed as readonly string[]).includes(said))
      found.push(
        errorAt(`${name} is ${JSON.stringify(said)}, expected one of ${allowed.map(quoted).join(', ')}`, [
          name,
        ]),
      );
  }
  for (const [name, least] of Object.entries(LEAST)) {
    const said = number(config[name]);
    if (said !== undefined && !(Number.isInteger(said) && said >= least))
      found.push(errorAt(`${name} is ${said}, expected a whole number from ${least} on`, [name]));
  }
  const uri = text(config['uri']);
  if (uri !== undefined && !/^[a-z]+(\+[a-z0-9]+)?:\/\/./.test(uri))
    found.push(
      errorAt(`uri is ${JSON.stringify(uri)}, expected a libvirt URI such as "qemu:///system"`, ['uri']),
    );
  return [...found, ...storageProblems(object(config['storage'])), ...timeProblems(config)];
}

/** The 14 digits of an RFC 3339 time (what `plantimestamp()` says), in UTC; `undefined` for what is none. */
export function timeDigits(time: string): string | undefined {
  const parsed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(time) ? new Date(time) : undefined;
  if (parsed === undefined || Number.isNaN(parsed.getTime())) return undefined;
  return parsed.toISOString().replace(/\D/g, '').slice(0, 14);
}

function timeProblems(config: ObjectValue): Diagnostic[] {
  const time = text(config['plan_time']);
  if (time === undefined || timeDigits(time) !== undefined) return [];
  return [
    errorAt(`plan_time is ${JSON.stringify(time)}, expected an RFC 3339 time: write plantimestamp()`, [
      'plan_time',
    ]),
  ];
}

function storageProblems(storage: ObjectValue | undefined): Diagnostic[] {
  const [name, path] = [text(storage?.['name']), text(storage?.['path'])];
  const found: Diagnostic[] = [];
  if (name !== undefined && !/^[\w.+-]+$/.test(name))
    found.push(
      errorAt(
        `the storage pool's name is ${JSON.stringify(name)}, expected letters, digits and "_", ".", "+", "-"`,
        ['storage', 'name'],
      ),
    );
  // A control character or comma would be taken apart by virsh or QEMU.
  if (path !== undefined && !/^\/[^\p{Cc},]*[^\p{Cc},/]\/?$/u.test(path))
    found.push(
      errorAt(
        `the storage pool's path is ${JSON.stringify(path)}, expected an absolute path such as "/var/lib/libvirt/lab"`,
        ['storage', 'path'],
      ),
    );
  return found;
}

function quoted(word: string): string {
  return JSON.stringify(word);
}
