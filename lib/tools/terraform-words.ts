/** What Terraform said, without the frames that it draws around it. */
export function plainWords(said: string): string {
  const lines = said
    // eslint-disable-next-line no-control-regex -- colours that a provider or a plugin prints all the same
    .replace(/\u001b\[[0-9;]*m/g, '')
    .split('\n')
    .map((line) => line.replace(/^[╷╵│]\s?/, '').trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The first error in Terraform's words. */
export function errorLine(words: string): string | undefined {
  return /^Error: (.*)$/m.exec(words)?.[1];
}

/** Whether Terraform asks for `terraform init`; `upgrade` when the locked provider is not the one that the code asks for. */
export function asksForInit(words: string): 'init' | 'upgrade' | undefined {
  if (/does not match configured version constraint|init -upgrade/.test(words)) return 'upgrade';
  return /(terraform|tofu) init\b|Missing required provider|Module not installed|Required plugins are not installed|Inconsistent dependency lock file/.test(
    words,
  )
    ? 'init'
    : undefined;
}

/** The addresses of the guarded instances that Terraform refuses to destroy. */
export function guardedInstances(words: string): string[] {
  if (!words.includes('Instance cannot be destroyed')) return [];
  const found = words
    .replace(/\s+/g, ' ')
    .matchAll(/Resource (\S+?(?:\["[^"]*"\])?) has lifecycle\.prevent_destroy/g);
  return [...new Set([...found].map(([, address]) => address!))];
}

/** Who holds the lock of a state, in Terraform's words. */
export interface StateLock {
  readonly id: string;
  /** `USER@HOST` and what it does since when; left out where the backend does not tell. */
  readonly holder?: string;
}

/** The lock that kept Terraform from its work; `undefined` when it was something else. */
export function heldLock(words: string): StateLock | undefined {
  if (!/Error acquiring the state lock/.test(words)) return undefined;
  // The HTTP backend tells the lock's ID here, and describes under "Lock Info" the lock that it did not get.
  const [, other] = /already locked:\s+ID=(\S+)/.exec(words) ?? [];
  if (other !== undefined) return { id: other };
  const at = (name: string): string =>
    new RegExp(`^\\s*${name}:[ \\t]*(.*)$`, 'm').exec(words)?.[1]?.trim() ?? '';
  const id = at('ID');
  const operation = at('Operation').replace(/^OperationType/, '');
  return id === ''
    ? undefined
    : { id, holder: `${at('Who')}, ${operation === 'Invalid' ? '' : `${operation} `}since ${at('Created')}` };
}
