import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINDINGS, findingsReference } from '../../lib/review';

test('the reference page of the findings is the one that the table makes', () => {
  // Write it anew with: npx tsx -e "process.stdout.write(require('./lib/review').findingsReference())" > docs/findings.md
  expect(readFileSync(join(__dirname, '../../docs/findings.md'), 'utf8')).toBe(findingsReference());
});

test.each(Object.entries(FINDINGS))(
  '%s says what is checked and what to do next, in sentences',
  (code, { title, checks, next }) => {
    expect(code).toMatch(/^RG[1-7]\d\d$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    for (const sentence of [checks, next]) expect(sentence).toMatch(/^(["'`A-Z]).*\.$/);
  },
);
