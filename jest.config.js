const esModules = [
  // execa
  ...[
    'execa',
    '@sindresorhus',
    '@sec-ant',
    'figures',
    'get-stream',
    'human-signals',
    'is-plain-obj',
    'is-stream',
  ],
  ...['is-unicode-supported', 'npm-run-path', 'parse-ms', 'path-key', 'pretty-ms', 'strip-final-newline'],
  ...['unicorn-magic', 'yoctocolors'],
  // p-retry
  ...['p-retry', 'is-network-error'],
  // log-update
  ...[
    'log-update',
    'ansi-escapes',
    'ansi-regex',
    'ansi-styles',
    'cli-cursor',
    'environment',
    'get-east-asian-width',
  ],
  ...['is-fullwidth-code-point', 'mimic-function', 'onetime', 'restore-cursor', 'slice-ansi', 'string-width'],
  ...['strip-ansi', 'wrap-ansi'],
];

/** @type {import('jest').Config} */
const shared = {
  transform: {
    '^.+\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // These and what they stand on are ES modules; Jest loads CommonJS, so they are compiled on the way.
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
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
      testMatch: [
        '<rootDir>/test/(e2e|lab)/**/*.test.ts',
        // What takes too long for every run: npm run test:crash.
        ...(process.env.REGRAFT_CRASH_POINTS ? ['<rootDir>/test/e2e/crash/*.full.ts'] : []),
      ],
      globalSetup: '<rootDir>/test/e2e/build.js',
    },
  ],
};
