/** @type {import('jest').Config} */
const shared = {
  transform: {
    '^.+\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // execa, log-update and what they stand on are ES modules; Jest loads CommonJS, so they are compiled on the way.
  transformIgnorePatterns: [
    '/node_modules/(?!(execa|@sindresorhus|@sec-ant|ansi-escapes|ansi-regex|ansi-styles|cli-cursor|emoji-regex|environment|figures|get-east-asian-width|get-stream|human-signals|is-fullwidth-code-point|is-plain-obj|is-stream|is-unicode-supported|log-update|mimic-function|npm-run-path|onetime|parse-ms|path-key|pretty-ms|restore-cursor|signal-exit|slice-ansi|string-width|strip-ansi|strip-final-newline|unicorn-magic|wrap-ansi|yoctocolors)/)',
  ],
  moduleNameMapper: {
    '^regraft$': '<rootDir>/lib/index.ts',
    // It names an entry for imports only.
    '^unicorn-magic$': '<rootDir>/node_modules/unicorn-magic/node.js',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
};

module.exports = {
  reporters: ['default', '<rootDir>/test/closing-line-reporter.js'],
  // A test that hangs ends; one on a busy machine of two cores does not. Machines boot in the end-to-end tests.
  testTimeout: 15 * 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/(e2e|lab)/'],
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/(e2e|lab)/**/*.test.ts'],
      globalSetup: '<rootDir>/test/e2e/build.js',
    },
  ],
};
