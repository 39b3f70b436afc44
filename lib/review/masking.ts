/** What stands in place of a value that Terraform marks as sensitive. */
export const SENSITIVE = '(sensitive)';

/** The text with the password of every URI in it masked; greedy, since passwords may hold `@` and `:`. */
export function maskedText(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/@:"']*):[^\s"']*@/gi, '$1:***@');
}

/** The value with the password of every URI masked, in all texts that it holds. */
export function maskedTexts<Value>(value: Value): Value {
  if (typeof value === 'string') return maskedText(value) as Value;
  if (Array.isArray(value)) return value.map((one: unknown) => maskedTexts(one)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [maskedText(key), maskedTexts(one as unknown)]),
  ) as Value;
}

/** The value at a path as it may be shown: masked when Terraform marks it, or what it is a part of, as sensitive. */
export function shownValue(value: unknown, sensitive: unknown): string {
  if (sensitive === true) return SENSITIVE;
  if (value === undefined || value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether the value at a path, or anything that it is a part of, is marked as sensitive. */
export function isSensitive(marks: unknown, path: readonly (string | number)[]): boolean {
  let mark = marks;
  for (const step of path) {
    if (mark === true) return true;
    mark = (mark as Record<string | number, unknown> | null | undefined)?.[step];
  }
  return mark === true;
}
