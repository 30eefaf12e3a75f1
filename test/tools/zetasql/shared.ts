import { afterAll } from 'vitest';
import { type Analyzer, startAnalyzer } from './analyzer.js';
import { isInstalled } from './set-up.js';

let shared: Promise<Analyzer> | undefined;

/** The analyzer of this test file, started when it is first asked for; undefined where it is not installed. */
export async function sharedAnalyzer(): Promise<Analyzer | undefined> {
  if (!isInstalled()) return undefined;
  shared ??= startAnalyzer();
  return await shared;
}

// The process of a test file may be killed at its end, and the server with it is not.
afterAll(async () => {
  (await shared)?.stop();
});
