/** Ends a run with the plain line `N passed, N failed`, which `.ci/run` promises. */
module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    // A test file that does not even load has no tests to count: it counts as one failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    this.line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.once('exit', () => console.log(this.line));
  }
};
