/** Counts of vitest's JSON report. */

/**
 * Sums a report. A file that could not be loaded has no tests and counts as one failure; so does a run that failed
 * without any failed test (an error outside of tests), or without a report.
 */
export function countTests(reportText, exitCode) {
  if (reportText === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(reportText);
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The last line of `npm test`, alone on its line. */
export function totalLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
