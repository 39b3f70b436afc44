#!/usr/bin/env node
/** The program `regraft`: it looks whether this Node.js is new enough before anything is loaded that an older one cannot load. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19) || (major === 22 && minor < 12)) {
  process.stderr.write(
    `regraft: Node.js 20.19 or later is needed (22: 22.12), this is ${process.versions.node}\n`,
  );
  process.exitCode = 1;
} else {
  void import('./process-main.js').then(({ runProcess }) => runProcess());
}
